"""`./mz independent`: verifiers that nobody here wrote check our log."""
