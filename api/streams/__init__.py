"""Streams tell whoever listens what is recorded, as it is recorded; webhooks are fed by the same."""
