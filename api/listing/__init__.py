"""Lists: pages that stay together while the log grows, sparse fields, and CSV and JSON lines beside JSON."""
