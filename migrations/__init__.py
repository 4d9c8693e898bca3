"""The tables of the ledger, as SQL files applied in order by `ledger.migrations`; a shipped file never changes."""
