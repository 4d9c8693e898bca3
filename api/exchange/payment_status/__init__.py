"""What a bank answers to a file of credit transfers: pain.002, and what that says of each payout."""
