"""The inside of the simulator: its world, and how one trade in it goes."""
