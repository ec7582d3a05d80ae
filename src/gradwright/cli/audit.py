"""``gradwright audit``: reported numbers held against arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradwright.audit import audit as contradictions
from gradwright.audit import read_claims
from gradwright.cli.codes import FAILED, FINE
from gradwright.cli.output import say, say_json
from gradwright.cli.parameters import AsJson


def audit(
    table: Annotated[Path, Parameter(help="the reported numbers with their sample sizes: a TOML file")],
    /,
    *,
    as_json: AsJson = False,
) -> int:
    """Check what arithmetic can check of reported numbers; exit code 1 where something cannot be.

    An accuracy must be k/n, a trained loss below that of a guess, a gap larger than its standard error, and
    one setting has one result.
    """
    claims = read_claims(table)
    found = contradictions(claims)
    if as_json:
        say_json({"source": claims.source, "contradictions": [each.to_dict() for each in found]})
    elif found:
        say("\n".join(f"{each.kind}: {each.message}" for each in found))
        say(f"{claims.source}: {len(found)} of what arithmetic can check cannot be.")
    else:
        say(f"{claims.source}: {len(claims.figures)} figures, nothing that arithmetic forbids.")
    return FAILED if found else FINE
