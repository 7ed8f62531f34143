"""The issuers of access tokens.

A city runs its own identity provider for people. `tokens` stands in for it in the demo and in tests, and refuses to
start in production. `partners` issues the tokens of partners' systems, in every mode.

    requests   the form and the credentials             systems    what the exchange knows of a partner's system
    tokens     the answer to a client of the demo       partners   the answer to a partner's system
"""
