"""The API's routes, a file for each kind of question."""
