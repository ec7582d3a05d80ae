"""``gradwright export``: hand on what was learned as a file of another library, or a record to a tracker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from gradwright.cli.output import note, say, say_json
from gradwright.cli.parameters import AsJson, Overwrite
from gradwright.errors import ConfigError
from gradwright.interchange import save_numpy, save_onnx, save_torch
from gradwright.outputs import require_place
from gradwright.show.wording import count_text
from gradwright.studies.export import DATABASE
from gradwright.studies.export import export as hand_on
from gradwright.training import load_run

SAVE = {"onnx": save_onnx, "torch": save_torch, "numpy": save_numpy}


def export(
    source: Annotated[Path, Parameter(help="the folder of a run; for a tracker also that of a study")],
    /,
    *,
    to: Annotated[
        Literal["onnx", "torch", "numpy", "tensorboard", "mlflow"],
        Parameter(help="whose form to write: the network of a run, or for a tracker the record of runs"),
    ],
    out: Annotated[
        Path,
        Parameter(
            help="the file to write, such as model.onnx, .safetensors or .py; for a tracker a new folder"
        ),
    ],
    uri: Annotated[
        str | None, Parameter(help="MLflow's tracking server, in place of a database in --out")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the network of a run for another library, or settings, curves and metrics for a tracker.

    A network brings its input scaling, its class names and its targets' units along, and is written when it
    answers random rows as the run does, within 1e-5. Nothing leaves this machine unless --uri says where to.
    The test set stays sealed.
    """
    if to == "tensorboard" or to == "mlflow":
        if overwrite:
            raise ConfigError(f"--overwrite: {to} is written to a new folder, and replaces no file")
        runs = hand_on(source, to, out, uri)
        where = uri or str(out)
        say_json({"runs": runs, "to": to, "out": where}) if as_json else say(
            f"{count_text(runs, 'run')} written to {where}"
        )
        if to == "tensorboard":
            note(f"To look: tensorboard --logdir {out}")
        elif uri is None:
            note(f"To look: mlflow ui --backend-store-uri sqlite:///{out / DATABASE}")
        return
    if uri is not None:
        raise ConfigError(f"uri: only MLflow has a server to write to, found {to!r}")
    require_place(out, overwrite=overwrite)
    run = load_run(source)
    SAVE[to](run, out, overwrite=overwrite)
    say_json({"to": to, "out": str(out)}) if as_json else say(f"The network is in {out}")
    if run.encoding is not None:
        note("It takes encoded rows, as run.encoding.encode(table) makes them of a table.")
