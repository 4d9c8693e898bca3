"""What all of HTTP has in common: shapes, faults, problems, tags, and how an operation is found."""
