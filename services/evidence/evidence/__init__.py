"""Evidence: what devices saw, who looked at it, and the ledger that everything in the city is recorded in.

    camera ──GA/T 1400──▶ intake ──▶ INGESTED ──check──▶ TECH_PASSED ──▶ IN_REVIEW ──two officers──▶ ACCEPTED ─▶ FROZEN
    every service ──records──▶ ledger (hash chain, Merkle tree, signed checkpoints) ──entries──▶ every service
    ACCEPTED ──▶ second copy (backup)          capture or case ──▶ court bundle, verified offline by verify.py
    period over, or the party asks ──two people──▶ 已依法删除: the records stay, the contents are gone

It asks the device registry one question, "was this device lawful at that second?", and keeps the signed
answer. It knows nothing of cases but the id that froze a capture, and which of them are not over yet.

Invariants, cited from the code and the tests that hold them:

1. Bytes come first: the raw body and every picture are on the disk, by hash, before a camera hears OK.
2. What a device says is kept as it was said; every repair is a flag, and no flag refuses a capture.
3. The same push is one capture; the same id with other pictures is another version, never an overwrite.
4. A capture is judged by its device's standing at the second of capture, never by today's (APL 41).
5. A capture is evidence only after two officers, each of whom opened every picture and answered for the four
   attributes; no service and no model can stand in for either (APL 41(2), 42).
6. Original bytes never change. What a decision rests on changes in no respect after it.
7. Whoever sees a picture, an unmasked plate or takes a bundle leaves a record with the purpose (NJ 17).
8. A published checkpoint names only entries that are durable.
9. Whom a capture shows lies nowhere but sealed under the capture's secret; two people destroy it when the law
   wants it gone, and then no backup brings it back (PIPL 47). That alone ends 6.
"""
