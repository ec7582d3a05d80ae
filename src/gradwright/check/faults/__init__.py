"""The faults of a gradient: one file for each family, with its mark and the experiment that tells."""
