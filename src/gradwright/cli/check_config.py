"""``gradwright check CONFIG.toml``: all of a network on its own data, then each of its layers."""

from __future__ import annotations

from pathlib import Path

from rich.progress import MofNCompleteColumn

from gradwright.check import check_layer
from gradwright.cli.codes import FAILED, FINE
from gradwright.cli.gradients import check_gradients
from gradwright.cli.output import fitted, note, say, say_json
from gradwright.cli.progress import progress
from gradwright.nn import BatchNorm, Dropout, summarize
from gradwright.nn.walk import parts
from gradwright.tables import Table
from gradwright.training import RunConfig, load_data

TITLES = ("layer", "takes", "gives", "properties", "verdict")


def check_config(run: RunConfig, samples: int | None, data_dir: Path | None, as_json: bool) -> int:
    """Print the verdict and the invariants of the network with its loss, then the findings on its layers."""
    data = load_data(run, data_dir)
    whole = check_gradients(run, data, samples)
    note(f"{summarize(run.network, data.in_features)}\n")
    places = dict.fromkeys(
        (layer, features)
        for _, layer, features in parts(run.network, data.in_features)
        if features is not None
    )
    batteries = {}
    with progress("its layers", len(places), MofNCompleteColumn()) as bar:
        for layer, features in places:
            bar.update(bar.task_ids[0], description=f"{type(layer).__name__}, {features} in")
            trains = isinstance(layer, Dropout | BatchNorm)
            batteries[layer, features] = check_layer(layer, features, seed=run.seed, training=trains)
            bar.advance(bar.task_ids[0])
    passed = whole.passed and all(battery.passed for battery in batteries.values())
    if as_json:
        layers = [battery.to_dict() for battery in batteries.values()]
        say_json({"passed": passed, "network": whole.to_dict(), "layers": layers})
        return FINE if passed else FAILED

    say(f"The network with its loss and penalty, on {data.name}:\n\n{whole}\n")
    rows = []
    for (layer, features), battery in batteries.items():
        verdict = "passed" if battery.passed else f"failed: {', '.join(battery.failed)}"
        sizes = (str(features), str(layer.output_features(features)))
        rows.append((type(layer).__name__, *sizes, str(len(battery.rows)), verdict))
    say(f"Its layers, each by itself:\n\n{fitted(Table(TITLES, 'lrrrl', tuple(rows)))}")
    say("".join(f"\n{battery}\n" for battery in batteries.values() if not battery.passed))
    say("Every gradient is right, and every property holds." if passed else "Something is wrong; see above.")
    return FINE if passed else FAILED
