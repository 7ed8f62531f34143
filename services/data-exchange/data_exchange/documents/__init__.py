"""The letters of the exchange (D-37): the request, its answer, and the urging."""
