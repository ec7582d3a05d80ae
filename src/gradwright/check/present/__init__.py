"""A report as its readers have it: printed, in a notebook, drawn, and as JSON."""
