"""The channels: each gives one letter to one provider, and says in one vocabulary what came of it.

    Letter ──carrier.send──▶ Answer        at most once a call; what it says is never more than the provider said
    id     ──carrier.ask───▶ Answer | None None: this provider cannot tell what became of an order

`configured` reads the file of providers that the operator wrote. A carrier opens connections through common/calls
alone.
"""
