"""Who may hold which office: each rule returns the fact that follows, or raises Refusal; time is an argument.

    agency --establish--> officer --appoint--> role --assign--> client --enrol--> (access tokens)
                          party -----------register-----------------^  ^--revoke: ends every token so far

`begun` makes the thing that a first fact begins, `after` the thing as a later fact leaves it. Names and certificate
numbers are no part of a fact, so they come to `begun` as texts.
"""
