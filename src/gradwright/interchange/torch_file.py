"""A model for PyTorch: a state dict in safetensors, and beside it the code of the module that takes it."""

from __future__ import annotations

import tempfile
import textwrap
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from gradwright.errors import ConfigError, RecordError
from gradwright.inputs import parse_table
from gradwright.interchange.about import KEY, WHAT, from_about, to_about
from gradwright.interchange.agreement import require_equal
from gradwright.interchange.model import Model
from gradwright.interchange.torch_modules import CLASSES, Modules
from gradwright.nn import network_from_json
from gradwright.outputs import require_place, write_output
from gradwright.training import Run
from gradwright.training.checkpoint import read_tensors

WIDTH = 100  # of a line of numbers


def save_torch(source: Run | Model, path: Path | str, *, overwrite: bool = False) -> None:
    """Write a run as a state dict of PyTorch's, and beside it the code of its ``nn.Sequential``.

    ``model.safetensors`` has PyTorch's names and orientation (a weight is (out, in)); ``model.py`` defines
    ``network``, which has loaded it, ``outputs(x)`` with the scaling of x, and ``CLASSES``. Where PyTorch is
    installed the module must answer random rows as the run does, within 1e-5, before the files are written.

    Args:
        source: the run, or a model.
        path: the file to write, such as "model.safetensors".
        overwrite: whether files that are there may go.

    Raises ``ConfigError`` for a layer that has no counterpart, another suffix and a file that is in the way,
    ``RecordError`` where the module does not answer as the run.

    >>> import tempfile
    >>> import gradwright as gw
    >>> run = gw.fit(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), epochs=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_torch(run, f"{folder}/model.safetensors")
    ...     print(Path(f"{folder}/model.py").read_text().partition("network = ")[2].partition("network")[0])
    nn.Sequential(
        nn.Linear(2, 8),  # (N, 8)
        nn.Tanh(),  # (N, 8)
        nn.Linear(8, 2),  # (N, 2)
    )
    <BLANKLINE>
    """
    model, path = Model.of(source), Path(path)
    if path.suffix != ".safetensors":
        raise ConfigError(f"{path}: expected a file .safetensors, with the code in .py beside it")
    code = path.with_suffix(".py")
    for place in (path, code):
        require_place(place, overwrite=overwrite)
    modules = Modules.of(model.network, model.in_features)
    state, text = modules.state(model.layout.named(model.theta)), _code(model, modules)
    content = save(state, {KEY: to_about(model)})
    _verify(model, content, text, str(path))
    write_output(path, content, overwrite=overwrite)
    write_output(code, text, overwrite=overwrite)


def load_torch(path: Path | str) -> Model:
    """The model in a state dict that ``save_torch`` wrote, perhaps trained on in the meantime.

    What PyTorch saves of it again has no metadata: ``from_torch`` takes the module itself.

    Args:
        path: the .safetensors file.

    Raises ``RecordError`` for a file that is missing, damaged or of another origin, or holds other arrays.
    """
    path = Path(path)
    state, metadata = read_tensors(path, links=True)
    if KEY not in metadata:
        raise RecordError(f"{path}: expected arrays that gradwright wrote for PyTorch, found others")
    table = parse_table(metadata[KEY], path, RecordError, WHAT)
    try:
        modules = Modules.of(network_from_json(table["network"]), table["in_features"])
    except (ConfigError, KeyError, TypeError) as error:
        raise RecordError(f"{path}: expected {WHAT}, found: {error}") from None
    return from_about(metadata[KEY], modules.arrays(state), str(path))


def _code(model: Model, modules: Modules) -> str:
    """The text of the file beside the state dict."""
    d, k, dtype = model.in_features, model.out_features, model.theta.dtype.name
    scaled = "x"
    head = (
        f'"""A trained network for PyTorch, its numbers beside it; by gradwright {version("gradwright")}."""'
    )
    parts = [
        f"{head}\n\nfrom pathlib import Path\n\nimport torch\nfrom safetensors.torch import load_file\n"
        f"from torch import nn\n\nCLASSES = {list(model.classes)!r}\n"
        f"COLUMNS = {list(model.feature_names)!r}  # of x, where they have names"
    ]
    parts += [CLASSES[kind] for kind in CLASSES if any(f"{kind.__name__}(" in li for li in modules.lines)]
    network = "\n".join(modules.lines)
    load = 'network.load_state_dict(load_file(Path(__file__).with_suffix(".safetensors")))'
    parts.append(f"network = {network}\nnetwork.to(torch.{dtype})\n{load}\nnetwork.eval()")
    if not model.features.is_identity:
        parts[-1] += f"\nSHIFT = {_tensor(model.features.shift, dtype)}"
        parts[-1] += f"\nSCALE = {_tensor(model.features.scale, dtype)}"
        scaled = "(x - SHIFT) * SCALE"
    unit, target = ".exp()" if model.answers == "rates" else "", model.target.affine
    if not model.classifies and not target.is_identity:
        parts[-1] += f"\nTARGET_SHIFT = {_tensor(target.shift, dtype)}"
        parts[-1] += f"\nTARGET_SCALE = {_tensor(target.scale, dtype)}"
        unit += " / TARGET_SCALE + TARGET_SHIFT"
    what = "logits" if model.has_probabilities else model.answers
    parts.append(
        f'def outputs(x):\n    """x (N, {d}) of torch.{dtype} as it is stored -> {what} (N, {k})"""\n'
        f"    return network({scaled}){unit}"
    )
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _tensor(value: Any, dtype: str) -> str:
    """The code of a constant; of many numbers in several lines."""
    lines = textwrap.wrap(repr(np.asarray(value, dtype).tolist()), WIDTH)
    text = lines[0] if len(lines) == 1 else "\n    " + "\n    ".join(lines) + "\n"
    return f"torch.tensor({text}).to(torch.{dtype})"


def _verify(model: Model, content: bytes, text: str, what: str) -> None:
    """Load the files where PyTorch is installed, and hold the module against the model on random rows."""
    if find_spec("torch") is None:
        return
    import torch

    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / "model.py"
        code.with_suffix(".safetensors").write_bytes(content)
        names: dict[str, Any] = {"__name__": "model", "__file__": str(code)}
        exec(compile(text, what, "exec"), names)
    x = model.draw().astype(model.theta.dtype)
    with torch.no_grad():
        found = names["outputs"](torch.from_numpy(x)).numpy()
    require_equal(what, model.results(model.outputs(x)), found)
