"""Families that nobody looks at who works on the naming of causes: they are scored once, at the end."""
