"""Homework as courses and public repositories write it, and the faults that people make in it.

A family is one short right text, the line that checks it, and faults that are edits of it. The families in
``kept`` are kept out of development: whoever works on the naming of causes does not open them.
"""
