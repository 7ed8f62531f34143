"""What goes into the package of a transfer, and what comes out of it.

gathering  captures, their pictures and their proofs, asked of evidence before a change begins
manifest   the two signed statements: the manifest of the sender, the receipt of the receiver
contents   the bytes of parts and files, sealed under the secret of the exchange
"""
