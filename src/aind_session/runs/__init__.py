"""Start runs and create assets in Code Ocean."""
