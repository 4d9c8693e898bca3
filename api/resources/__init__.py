"""What is shown of a trade and its money: each thing as a view, with its links and what may be said next."""
