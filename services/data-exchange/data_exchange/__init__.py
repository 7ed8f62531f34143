"""What partner agencies will call: assistance, comparison, transfer, each purpose-bound, signed and on record.

Nothing of it is built. The gateway answers its paths with 501 `NOT_BUILT` (`gateway.unbuilt`), and
docs/NOT-BUILT.md says so.
"""
