"""``gradwright export``: hand a run or a study on to TensorBoard or MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from gradwright.cli.output import note, say, say_json
from gradwright.cli.parameters import AsJson
from gradwright.show.wording import count_text
from gradwright.studies.export import DATABASE
from gradwright.studies.export import export as hand_on


def export(
    source: Annotated[Path, Parameter(help="the folder of a run or of a study")],
    /,
    *,
    to: Annotated[Literal["tensorboard", "mlflow"], Parameter(help="whose form to write")],
    out: Annotated[Path, Parameter(help="a new folder for what is written")],
    uri: Annotated[
        str | None, Parameter(help="MLflow's tracking server, in place of a database in --out")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write settings, curves and metrics of runs in the form of another tracker, by its own library.

    Nothing leaves this machine unless --uri says where to. The test set stays sealed.
    """
    runs = hand_on(source, to, out, uri)
    where = uri or str(out)
    say_json({"runs": runs, "to": to, "out": where}) if as_json else say(
        f"{count_text(runs, 'run')} written to {where}"
    )
    if to == "tensorboard":
        note(f"To look: tensorboard --logdir {out}")
    elif uri is None:
        note(f"To look: mlflow ui --backend-store-uri sqlite:///{out / DATABASE}")
