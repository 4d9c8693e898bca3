"""The recorded log, and the only door to it."""
