"""What the exchange adds to every request and answer on the wire.

ledgered     no answer leaves before its records are in the ledger
signed       the calls of partners' systems are signed, and so is every answer to them
calling      who calls, and may they, for this purpose
signatures, messages, checks, operations      the rules of a signature
answers      the signature of an answer
keysets, reports      the keys of applications, and their conformance reports
upkeep       the key sets at an address are read again; nonces whose time is over are deleted
"""
