"""Service of process (送达): one document, one party, and the ladder of manners until it is served or given up.

service.py     the service as it stands, its steps and its proofs
opening.py     an order opens it; a recall gives it up; an erasure ends what can be read of it
manners.py     which manner may begin when, and what each one demands
effecting.py   a manner that reached the party, or failed
electronic.py  the electronic manner: consent, sending, arrival
doubting.py    the channel denies the arrival of what was served; an officer decides
proving.py     another date than ours, proved by the party; a paper copy
"""
