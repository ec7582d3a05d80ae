"""A model as one Python file that needs NumPy alone: a line for each layer, and the numbers at its end."""

from __future__ import annotations

import base64
import textwrap
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.interchange.agreement import require_equal
from gradwright.interchange.model import Model
from gradwright.interchange.numpy_layers import CALLS, HELPERS, expression
from gradwright.interchange.wiring import wire
from gradwright.nn.layer import Array
from gradwright.nn.walk import Place
from gradwright.outputs import require_place, write_output
from gradwright.training import Run

WIDTH = 100  # of a line of numbers


def save_numpy(source: Run | Model, path: Path | str, *, overwrite: bool = False) -> None:
    """Write a run as one Python file that predicts with NumPy alone.

    The file has ``predict(x)``, for a classifier ``predict_proba(x)`` too, and as a program it reads a CSV
    file: ``python model.py rows.csv``. It holds the parameters in base64, 4/3 of their size. Before it is
    written it must answer random rows as the run does, within 1e-5.

    Args:
        source: the run, or a model.
        path: the file to write, such as "model.py".
        overwrite: whether a file that is there may go.

    Raises ``ConfigError`` for a layer of one's own and for a file that is in the way, ``RecordError`` where
    the file does not answer as the run.

    >>> import tempfile
    >>> import gradwright as gw
    >>> run = gw.fit(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), epochs=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_numpy(run, f"{folder}/model.py")
    ...     print(Path(f"{folder}/model.py").read_text().partition("def outputs")[2][:420])
    (x):
        ...
        y1 = x @ P["0.weight"] + P["0.bias"]  # (N, 8)
        y2 = np.tanh(y1)  # (N, 8)
        y3 = y2 @ P["2.weight"] + P["2.bias"]  # (N, 2)
        return y3
    ...
    """
    model, path = Model.of(source), Path(path)
    require_place(path, overwrite=overwrite)
    text = as_numpy(model)
    _verify(model, text, str(path))
    write_output(path, text, overwrite=overwrite)


def as_numpy(model: Model) -> str:
    """The text of the file."""
    lines, result = _body(model)
    used = {name for name in HELPERS if any(f"{name}(" in line for line in lines)}
    used |= {other for name in used for other in CALLS.get(name, ())}
    helpers = [HELPERS[name].strip("\n") for name in HELPERS if name in used]
    parts = [_head(model), *helpers, _outputs(model, lines, result), *_answers(model), MAIN, _numbers(model)]
    return (
        "\n\n\n".join(part.strip("\n") for part in parts) + '\n\n\nif __name__ == "__main__":\n    main()\n'
    )


def _verify(model: Model, text: str, what: str) -> None:
    """Run the file on random rows, and hold it against the model."""
    names: dict[str, Any] = {"__name__": "model"}
    exec(compile(text, what, "exec"), names)
    x = model.draw()
    require_equal(what, model.outputs(x), names["outputs"](x))
    found = names["predict"](x)
    require_equal(what, model.target.answer(model.loss, names["outputs"](x)), found)
    if model.has_probabilities:
        require_equal(what, model.predict_proba(x), names["predict_proba"](x))


def _body(model: Model) -> tuple[list[str], str]:
    """A line for each layer, and the variable in which the network's output lies then."""
    lines: list[str] = []

    def assign(place: Place, made: str) -> str:
        y = f"y{len(lines) + 1}"
        lines.append(f"{y} = {made}  # (N, {place.layer.output_features(place.features)})")
        return y

    def through(place: Place, x: str) -> str:
        made = expression(place, x)
        return x if made == x else assign(place, made)

    place = Place("", model.network, model.in_features)
    return lines, wire(place, "x", through, lambda at, ends: assign(at, " + ".join(ends)))


def _head(model: Model) -> str:
    d, k = model.in_features, model.out_features
    proba = model.has_probabilities
    answer = "labels (N,)" if model.classes else f"(N, {k})"
    rows = [f"predict(x)         x (N, {d}) -> {answer}"]
    if proba:
        rows.append(f"predict_proba(x)   x (N, {d}) -> the probability of each class")
    rows.append(f"outputs(x)         x (N, {d}) -> the outputs of the last layer, (N, {k})")
    rows.append("python THIS rows.csv     an answer for each row, a line each")
    listed = textwrap.indent("\n".join(rows), "    ")
    constants = (
        f"COLUMNS = {d}\nNAMES = {list(model.feature_names)!r}  # of the columns, where they have some"
    )
    if model.classes:
        constants += f"\nCLASSES = np.array({list(model.classes)!r})"
    return (
        f'"""A trained network in NumPy alone; written by gradwright {version("gradwright")}.'
        f'\n\n{listed}\n"""\n\n'
        f"import base64\nimport csv\nimport sys\n\nimport numpy as np\n\n{constants}"
    )


def _outputs(model: Model, lines: list[str], result: str) -> str:
    dtype = model.theta.dtype.name
    scaling = "" if model.features.is_identity else "    x = (x - SHIFT) * SCALE\n"
    return (
        f"def outputs(x):\n"
        f'    """x (N, {model.in_features}) -> y (N, {model.out_features})"""\n'
        f"    x = checked(x).astype(np.{dtype})\n{scaling}"
        + textwrap.indent("\n".join(lines), "    ")
        + f"\n    return {result}"
    )


def _answers(model: Model) -> list[str]:
    """``predict``, and of a classifier ``predict_proba``."""
    match model.answers:
        case "one of k" | "scores":
            kept = f"[:, :{len(model.classes)}]" if model.classes else ""
            answer = f"outputs(x){kept}.argmax(axis=1)"
            proba = ONE_OF_K if model.has_probabilities else ""
        case "yes or no":
            answer = "(outputs(x) > 0).astype(np.int64)"
            proba = ONE_QUESTION if model.out_features == 1 else SEVERAL_QUESTIONS
        case "rates":
            answer = "np.exp(outputs(x))"
            proba = ""
        case "numbers":
            answer = "outputs(x)"
            proba = ""
    if model.target.flat and model.out_features == 1:
        answer += ".ravel()"
    if model.classes:
        answer = f"CLASSES[{answer}]"
    elif not model.classifies and not model.target.affine.is_identity:
        answer += " / TARGET_SCALE + TARGET_SHIFT"
    said = "label" if model.classes else "answer"
    return [
        f'def predict(x):\n    """The {said} of each row."""\n    return {answer}',
        *filter(None, [proba]),
        CHECKED,
    ]


ONE_OF_K = '''
def predict_proba(x):
    """The probability of each class: softmax of the outputs."""
    y = outputs(x).astype(np.float64)
    shares = np.exp(y - y.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
'''
ONE_QUESTION = '''
def predict_proba(x):
    """The probabilities of no and yes."""
    yes = 0.5 * (1 + np.tanh(0.5 * outputs(x).astype(np.float64)))
    return np.hstack([1 - yes, yes])
'''
SEVERAL_QUESTIONS = '''
def predict_proba(x):
    """The probability of each yes."""
    return 0.5 * (1 + np.tanh(0.5 * outputs(x).astype(np.float64)))
'''
CHECKED = '''
def checked(x):
    """x as an array of finite numbers (N, COLUMNS)."""
    x = np.asarray(x)
    if x.ndim != 2 or x.shape[1] != COLUMNS:
        raise ValueError(f"x: expected the shape (N, {COLUMNS}), found {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError("x: expected finite numbers, found others")
    return x
'''
MAIN = '''
def read(path):
    """The rows of a CSV file; where its first line names the columns, those of NAMES, in their order."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row]
    try:
        [float(cell) for cell in rows[0]]
    except ValueError:
        first = [name.strip() for name in rows.pop(0)]
        if missing := [name for name in NAMES if name not in first]:
            raise ValueError(f"{path}: expected a column {missing[0]!r}, found {', '.join(first)}") from None
        if NAMES:
            rows = [[row[first.index(name)] for name in NAMES] for row in rows]
    return np.array(rows, np.float64)


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} rows.csv")
    try:
        answers = predict(read(sys.argv[1]))
    except (OSError, ValueError, IndexError) as error:
        sys.exit(f"error: {error}")
    for answer in answers:
        print(",".join(map(str, np.atleast_1d(answer).tolist())))


def numbers(kind, text):
    """The numbers that base64 holds."""
    return np.frombuffer(base64.b64decode(text), kind)
'''


def _numbers(model: Model) -> str:
    """The arrays: scalings, and theta with the name of each part."""
    dtype = model.theta.dtype
    lines: list[str] = []
    if not model.features.is_identity:
        lines += [
            f"SHIFT = {_number(model.features.shift, dtype)}",
            f"SCALE = {_number(model.features.scale, dtype)}",
        ]
    target = model.target.affine
    if not model.classifies and not target.is_identity:
        wide = np.dtype(np.float64)
        lines += [
            f"TARGET_SHIFT = {_number(target.shift, wide)}",
            f"TARGET_SCALE = {_number(target.scale, wide)}",
        ]
    lines.append(f"THETA = {_number(model.theta, dtype)}")
    parts = [
        f'    "{slot.name}": THETA[{slot.start}:{slot.stop}].reshape({", ".join(map(str, slot.shape))}),'
        for slot in model.layout.slots
    ]
    return "\n".join([*lines, "P = {", *parts, "}"])


def _number(value: Any, dtype: np.dtype[Any]) -> str:
    """One number as itself, an array in base64."""
    array: Array = np.asarray(value, dtype)
    if array.ndim == 0:
        return f"np.{dtype.name}({array.item()!r})"
    kind = dtype.newbyteorder("<").str
    text = base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()
    return f'numbers("{kind}", """\n' + "\n".join(textwrap.wrap(text, WIDTH)) + '\n""")'
