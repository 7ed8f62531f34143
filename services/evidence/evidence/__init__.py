"""Evidence: the captures of devices, their review, and the ledger in which everything in the city is recorded.

    camera ──GA/T 1400──▶ intake ──▶ INGESTED ──check──▶ TECH_PASSED ──▶ IN_REVIEW ──two officers──▶ ACCEPTED ─▶ FROZEN
    every service ──records──▶ ledger (hash chain, Merkle tree, signed checkpoints) ──entries──▶ every service
    ACCEPTED ──▶ second copy (backup)          capture or case ──▶ court bundle, verified offline by verify.py
    period over, or the party asks ──two people──▶ 已依法删除: the records stay, the contents are gone

It asks the device registry one question, "was this device lawful at that second?", and keeps the signed
answer. Of cases it knows the id that froze a capture, and which cases are not over yet.

Invariants, cited from the code and the tests that hold them:

1. Bytes come first: the raw body and every picture are on the disk, by hash, before a camera hears OK.
2. The words of a device are kept as it sent them; every repair is a flag, and no flag refuses a capture.
3. The same push is one capture; the same id with other pictures is another version, never an overwrite.
4. A capture is judged by its device's standing at the second of capture, never by today's (APL 41).
5. A capture is evidence only after two officers, each of whom opened every picture and answered for the four
   attributes; no service and no model can stand in for either (APL 41(2), 42).
6. Original bytes never change. After a decision nothing about the captures that it rests on changes; what is found out
   later about their device is marked beside them.
7. Every look at a picture or an unmasked plate, and every bundle that leaves, is on record with its purpose (NJ 17).
8. A published checkpoint names only entries that are durable.
9. Everything that identifies the person in a capture is encrypted under the capture's secret. Two people destroy
   that secret when the law demands it, and then no backup brings the contents back (PIPL 47). Only this ends 6.
"""
