"""The second engine derives all balances from an exported log with DuckDB, by one SQL script and one table of rules."""
