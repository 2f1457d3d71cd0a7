"""What each call gives while servers fail: calls, faults, one cell, and the table of all."""
