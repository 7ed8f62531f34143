"""What the exchange adds to every request and answer on the wire.

ledgered   no answer leaves before its records are in the ledger
"""
