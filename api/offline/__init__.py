"""Audits of a book's log from files alone: no database, no ledger's home."""
