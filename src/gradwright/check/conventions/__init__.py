"""Functions, pairs and objects as people write them, and what the checker takes: f, its gradient, a point."""
