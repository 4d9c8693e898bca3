"""What is true of trade: values, aggregates, rules and accounting, without I/O, clock or randomness."""
