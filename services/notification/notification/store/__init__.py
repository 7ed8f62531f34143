"""Messages and consents as rows. No other package of this service speaks SQL.

tables     the columns                     messages    what reached a party, or failed to
inbox      the entries of the inboxes
consents   consents to electronic service  documents   the sealed documents of the messages
parties    the owner of a row
services   services of process with steps, proofs and rebuttals   servicewords   what was written of them
"""
