"""Notices: which record or day asks for one, what it says, and by which ways it goes out.

triggers   which record of the ledger asks for a message of which class
reminders  which days do
context    what a message needs to know, asked of the other services before a change begins
lapsing    which record takes the reason from a notice that still waits
hints      a push for each message that came, to the phones of its party
making     the message, its words and its deliveries, in one change
"""
