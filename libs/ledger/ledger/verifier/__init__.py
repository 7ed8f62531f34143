"""Verifies the ledger and court bundles offline. One file, the standard library alone; copy it and run it:

    python -I verify.py bundle.zip --key VKEY [--witness VKEY … --quorum N] [--tsa FILE.pem …] [--monitor VKEY …]
    python -I verify.py folder     --key VKEY [--witness VKEY … --quorum N] [--checkpoint FILE]
    python -I verify.py --exchange folder --key VKEY [--witness VKEY … --quorum N]
    python -I verify.py --usages folder --key VKEY [--witness VKEY … --quorum N] [--monitor VKEY …]

The first is a court bundle. The second is a whole log: folder/checkpoint and folder/tile/entries/… The third is the
dossier of an exchange between agencies, the fourth the proof that a person's list of usages is complete.

The verdict:

FORGED        Something contradicts something: a digest, a signature, a proof, an order. The failed step is named.
VERIFIED      Every demanded step was made at least once and held. Always demanded: file digests, signatures of
              records, inclusion, checkpoints, trusted key, manifest, completeness of streams, order.
              `--witness` demands N cosignatures (default: all given), `--tsa` an upper time stamp, `--monitor`
              the statement of completeness, `--checkpoint` that this log grew from an earlier one.
NOT_VERIFIED  Anything else: a demanded step could not be made, or there was nothing to check.

The bundle's own word is never enough for what outsiders vouch for. Without `--key` nothing is VERIFIED, because a
forger can sign a whole history with his own keys; the report prints the keys inside for comparison. Without
`--witness`, `--tsa` or `--monitor` that step stays open: it does not hold up the verdict, and the report lists it
under 未核验. With them, a wrong signature is FORGED and an absent one is NOT_VERIFIED.

The bundle:

    manifest.json manifest.note   path, digest, size of every other file; the note signs the manifest's digest
    records/<i>.entry             ledger entries            proofs/<i>.tlog-proof   each under the final checkpoint
    keys/<i>.entry                entries about keys        keys/<i>.tlog-proof     log.genesis first
    keys/policy.txt               c2sp.org/tlog-policy      checkpoints/final.note  with witnesses' cosignatures
    checkpoints/lower|upper.note  time-stamped, before and after the records of the case
    consistency/<x>-final.txt     from lower, upper or the statement's tree to the final one: the body of an
                                  add-checkpoint request, c2sp.org/tlog-witness
    timestamps/<x>.<authority>.tsr  RFC 3161 tokens over a checkpoint without cosignatures; <authority>.pem: chain
    statements/completeness.note  a monitor's statement of the last record of each stream, those about keys too, at
                                  its size: more than the index of the last record here
    statements/<sha256>.note      signed by a registered key, named by digest in a record
    disclosures/*.json            {"field", "salt", "value"} (salt hex) behind a record's commitment {"c": …}
    media/…                       named by digest in a record's `media`; a picture that is absent without a record
                                  of evidence.erased makes the bundle NOT_VERIFIED
    sm3/…                         the same entries in the twin tree: checkpoint.note, proofs/<i>.tlog-proof,
                                  anchors/<i>.entry (log.anchor) with .tlog-proof, anchor-final.txt

The dossier of an exchange has the layout of a bundle, and these files of it: manifest.json and manifest.note, records/,
proofs/, keys/, checkpoints/final.note, disclosures/, and

    files/<sha256>                letters and files that the agencies gave each other, named by digest in a record

The proof of usages has these files of the same layout: manifest.json and manifest.note, records/, proofs/, keys/,
checkpoints/final.note, statements/completeness.note with consistency/statement-final.txt, and

    usages.json                   the list in plain words, one item for each record
"""
