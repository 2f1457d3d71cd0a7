"""The outcome of each call while servers fail: calls, faults, one cell, and the table of all."""
