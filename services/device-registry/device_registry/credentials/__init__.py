"""Push accounts at work: how one is made, and how many are replaced at once (NJ 8).

making    the name and password of an account, and the answer that shows them
rotating  a new account in the place of an old one, one by one or by the hundred
"""
