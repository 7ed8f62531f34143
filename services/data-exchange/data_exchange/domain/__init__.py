"""The law of the exchange: its rules, and the state after each fact."""
