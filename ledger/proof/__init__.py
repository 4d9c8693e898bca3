"""Proof of the log in published formats: Merkle proofs, tiles, signed checkpoints, witnesses, time."""
