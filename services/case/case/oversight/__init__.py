"""Which fact opens which oversight item: the types with their law, the rules, and the follower that applies them.

types     the nine types of item, each in words and with the provisions that it rests on
rules     which record opens an item of which type, and where the record names the agency
periods   the period for the reply, as time passes
opening   reads the ledger for such records and opens an item from each, once
"""
