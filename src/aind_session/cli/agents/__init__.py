"""Tools for agents with bounded, verifiable answers; `cli/mcp` serves them."""
