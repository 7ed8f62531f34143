"""Devices that push. Each protocol turns foreign bytes into submissions, and answers in its own words.

routes     the addresses of GA/T 1400          door       admit: who is speaking
message    the message, parsed once            accounts   Digest accounts of the registry
gat1400/   what devices write, read loosely    digest     challenges and answers of HTTP Digest
images     pictures, decoded apart             receiving  receive: from a message to submissions and statuses
answers    the answers of GA/T 1400            recording  submissions on record, whatever the protocol

A further protocol brings its own routes, parser and answers, and ends in `recording.record`.
"""
