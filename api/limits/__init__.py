"""Limits are what no caller may pass: sizes, times, rates, and how many requests at once."""
