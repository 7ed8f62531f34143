"""Verifies the ledger and court bundles offline. One file, the standard library alone; copy it and run it:

    python -I verify.py bundle.zip --key VKEY [--witness VKEY … --quorum N] [--tsa FILE.pem …] [--monitor VKEY …]
    python -I verify.py folder     --key VKEY [--witness VKEY … --quorum N] [--checkpoint FILE]
    python -I verify.py --exchange folder --key VKEY [--witness VKEY … --quorum N]
    python -I verify.py --usages folder --key VKEY [--witness VKEY … --quorum N] [--monitor VKEY …]

The first is a court bundle. The second is a whole log: folder/checkpoint and folder/tile/entries/… The third is the
dossier of an exchange between agencies, the fourth the proof that a person's list of usages is complete.

The verdict:

FORGED        Something contradicts something: a digest, a signature, a proof, an order. The failed step is named.
VERIFIED      Every demanded step was made at least once and held. Always demanded: archive, files, signatures of
              records, inclusion, checkpoints, trusted key, completeness, order, references, manifest, report.
              `--witness` demands N cosignatures (default: all given), `--tsa` an upper time stamp, `--monitor`
              the statement of completeness, `--checkpoint` that this log grew from an earlier one.
NOT_VERIFIED  Anything else: a demanded step could not be made, or there was nothing to check.

The bundle's own word is never enough for what outsiders vouch for. Without `--key` nothing is VERIFIED, because a
forger can sign a whole history with his own keys; the report prints the keys inside for comparison. Without
`--witness`, `--tsa` or `--monitor` that step stays open: it does not hold up the verdict, and the report lists it
under 未核验. With them, a wrong signature is FORGED and an absent one is NOT_VERIFIED.

docs/BUNDLE.md lists the files of a bundle, the step that reads each, and every rule. In short: manifest, policy and
printed report are computed from records, statements and checkpoints and compared byte for byte; what the records of
the case, its evidence and its devices name must be here, and nothing else may; a file that no step reads is refused.
The report ends with three lists that change no verdict: commitments that stay closed (未披露), references that are not
included (未包括), and content that nobody checked (没有核验).
"""
