"""Collections of sessions: tables, searches, lock files."""
