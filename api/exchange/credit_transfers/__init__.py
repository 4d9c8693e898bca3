"""Files that tell a bank to pay: credit transfers as pain.001, and what stands in such a file."""
