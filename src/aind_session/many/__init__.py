"""Many sessions as one: collections, tables, searches, lock files."""
