"""The models: of gradwright's own layers, and three that are written independently of these, as witnesses."""
