"""Functions that compute in few digits, asked with the casts inside them left out; one file per library."""
