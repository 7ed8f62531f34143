"""The HTTP surface of evidence: captures, bundles, the ledger."""
