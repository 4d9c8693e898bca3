"""The description of the API: an OpenAPI 3.1 document with an example of every operation."""
