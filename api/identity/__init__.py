"""Identity is who a request comes from, proved by a token, and what they may do."""
