"""The formats of the outside world, one a file."""
