"""The issuer of the demo and test profiles.

A city runs its own identity provider. This one exists so that a newcomer, a test and the demo have an identity, and
therefore refuses to exist in production.

requests   what a client asks for      tokens   what it is given
"""
