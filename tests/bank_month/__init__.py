"""A month of a marketplace beside its bank: trades, transfers, payouts, statements, a judge, a person who resolves."""
