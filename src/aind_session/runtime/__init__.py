"""How a call runs: arguments, deadlines, threads, caching. Nothing here depends on sessions."""
