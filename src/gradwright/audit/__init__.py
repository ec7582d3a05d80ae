"""Reported numbers held against arithmetic, whoever reported them."""

from gradwright.audit.claims import Claims, read_claims
from gradwright.audit.contradictions import Contradiction, audit

__all__ = ["Claims", "Contradiction", "audit", "read_claims"]
