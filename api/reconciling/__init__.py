"""The bank beside the ledger: statements taken in, what is open read from the books, runs, breaks."""
