"""Holds a platform of data exchange against its rules, from outside: what a partner's developer would try, in one run.

    python -m outsiders.conformance SETTINGS.json --key private.pem [--address URL] [--report FILE]

    faults      faulty requests: each must be refused with a code of its own that says what was expected
    refusals    what a refusal must be
    ways        good requests: repeated, listed to the end, followed in the feed, pushed to an address of our own
    proofs      receipts and dossiers, by arithmetic of our own
    signing     signatures of requests and answers (RFC 9421), written out by hand
    tokens      client assertions and proofs of the key (RFC 7523, RFC 9449)
    partner     a partner's system with its key and its token

It imports nothing of the platform, not even the formats of its ledger: it knows the wire from the documents alone.
"""
