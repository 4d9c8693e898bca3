"""What banks say: statements of account in the formats that they send, read into one shape."""
