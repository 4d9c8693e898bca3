"""What is said to a book over HTTP: one table of commands, what a request says, and what is answered."""
