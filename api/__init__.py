"""Transport, wiring, processes, command line."""
