"""The wire models of the exchange, and the client that other services ask with: all that they may import."""
