"""The command line: one short file for each command."""

from gradwright.cli.app import main

__all__ = ["main"]
