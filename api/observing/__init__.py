"""Observing tells whoever runs the ledger what its processes do: logs, metrics, traces."""
