"""The user's own backward with one place of it written otherwise: does that make the gradient right?"""
