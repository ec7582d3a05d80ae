"""``gradwright demo``: the main job on data that are there: check, train, report."""

from gradwright.cli.demo.command import demo

__all__ = ["demo"]
