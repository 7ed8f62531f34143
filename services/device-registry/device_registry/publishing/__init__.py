"""The public side of the register: what anybody may read, and the list of each day in the ledger (NJ 10).

views   a device as the public sees it
page    the page behind the code on its sign
daily   fixes the list of each day that is over
"""
