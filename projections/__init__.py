"""One question, one file: its tables, its fold, its queries; disposable and versioned."""
