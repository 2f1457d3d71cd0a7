"""Do tests notice when a function changes? See `make mutants`."""
