"""What agents are answered: tools over the library, bounded and checkable; served by `cli/mcp`."""
