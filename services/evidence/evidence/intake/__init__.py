"""Devices that push. Each protocol turns foreign bytes into submissions, and answers in its own words.

routes      the addresses of GA/T 1400          door        admit: who is speaking
message     the message, parsed once            accounts    push accounts of the registry
gat1400/    what devices write, read loosely    digest      challenges and answers of HTTP Digest
nested      vehicles inside other objects       receiving   receive: from a message to submissions and statuses
images      the children that decode pictures   seeing      a picture as we measured it
turns       whose picture is decoded next       budget      how many bytes are in work at once
answers     the answers of GA/T 1400            recording   submissions on record, whatever the protocol
holding     objects whose pictures are missing  completing  the job that brings them on record
directory   what platforms above may ask        filehash    the hash that a device says a picture has
signing     keys and signatures of devices      verdict     what a device signed of an object
remembering what the registry said, a minute    multipart   the parts of a body
native      devices that sign, no account       isapi       events of plate cameras, routes_isapi their address

A further protocol brings its own routes, parser and answers, and ends in `recording.record`.
"""
