"""The issuer of the demo and test profiles.

A city runs its own identity provider. This issuer gives identities to a newcomer, a test and the demo, so it refuses
to start in production.

requests   the form and the credentials      tokens   the answer
"""
