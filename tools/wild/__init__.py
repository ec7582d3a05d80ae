"""Public code with hand-written derivatives, and what the checker says of it: see docs/wild.md."""
