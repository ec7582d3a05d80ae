"""Recipes: what network, optimizer and schedule a table gets, and several networks trained as one model."""

from gradwright.recipes.ensemble import Ensemble
from gradwright.recipes.members import fit_members
from gradwright.recipes.recipe import recipe
from gradwright.recipes.tabular import TabularRun, load_tabular, tabular

__all__ = ["Ensemble", "TabularRun", "fit_members", "load_tabular", "recipe", "tabular"]
