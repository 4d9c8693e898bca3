"""The witness as a process: a key in a file, a folder of state, and HTTP; no ledger and no database."""
