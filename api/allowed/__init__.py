"""What a caller may say next about a thing: derived from the domain by rehearsing it, never from a second table."""
