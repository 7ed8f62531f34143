"""The rows of evidence. The only place in this service that speaks SQL, beside the ledger's own room.

tables     what the columns are                captures   a capture and all that hangs on it
rows       rows into dataclasses and back      pushes     which capture a push belongs to
erasures   what stands against an erasure      bundles    which court bundles left, and what they may show
outbox     our own records, sent or waiting    sessions   challenges, failures and sessions of cameras
quarantine pushes in which nothing could be read
"""
