"""How a call runs: arguments, deadlines, threads, caching. Knows nothing of sessions."""
