"""Devices that push. Each protocol turns foreign bytes into submissions, and answers in its own words.

routes     the addresses of GA/T 1400          door       admit: who is speaking
message    the message, parsed once            accounts   push accounts of the registry
gat1400/   what devices write, read loosely    digest     challenges and answers of HTTP Digest
images     pictures, decoded apart             receiving  receive: from a message to submissions and statuses
answers    the answers of GA/T 1400            recording  submissions on record, whatever the protocol
signing    keys and signatures of devices      verdict    what a device signed of an object of GA/T 1400
native     devices that sign, no account       isapi      events of plate cameras, routes_isapi their address

A further protocol brings its own routes, parser and answers, and ends in `recording.record`.
"""
