"""Our log before verifiers that nobody here wrote: `./mz independent` (spec/ledger.md §8.2)."""
