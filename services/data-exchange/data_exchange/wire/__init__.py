"""What the exchange adds to every request and answer on the wire.

signed     the calls of partners' systems are signed, and every answer to them        ledgered   no answer leaves
calling    who calls, and may they, for this purpose                                    before its records are in
signatures, messages, checks, operations: the rules of a signature                      the ledger
answers    the signature of an answer      keysets, reports   keys of applications and their conformance reports
"""
