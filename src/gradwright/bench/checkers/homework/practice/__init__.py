"""Families that the naming of causes may be developed with."""
