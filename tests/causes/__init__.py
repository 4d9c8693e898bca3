"""Causes: for every command, each way in which it can be refused, in the order that its docstrings promise."""
