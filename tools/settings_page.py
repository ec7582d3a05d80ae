"""docs/settings.md, from the declarations themselves: ``make docs`` writes it, and a test compares it.

A setting's type says its range, the ``Args`` of a docstring its meaning, and the code its default.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import gradwright as gw
from gradwright.fields import domain_of, field_types
from gradwright.nn import LOSSES, PENALTIES
from gradwright.nn.initializers import INITIALIZERS
from gradwright.nn.spec import LAYERS
from gradwright.optim import AVERAGE_KINDS, OPTIMIZER_KINDS, SCHEDULE_KINDS
from gradwright.optim.groups import GROUP_KINDS
from gradwright.studies.plan import PRUNING, SEARCHES
from gradwright.training import RunConfig
from gradwright.training.callbacks import EARLY_STOPPING_KINDS
from gradwright.training.data_config import DataConfig

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

HEAD = """# Settings

<!-- `make docs` writes this page from the code -->

Each setting of a run is a key of its TOML file, a keyword of `gw.fit`, a flag of `gradwright train`
(`--batch-size 64`, `--optimizer.momentum 0.9`), and a variable of the environment
(`GRADWRIGHT_BATCH_SIZE=64`). A flag goes before the environment, the environment before the file, and the
file before the default.

What has a kind is a table, `optimizer = { kind = "SGD", momentum = 0.9 }`, or a bare name where the defaults
serve, `optimizer = "Adam"`; in Python the class of that name, `gw.SGD(momentum=0.9)`, or the name.
"""

KINDS = {
    "Optimizers": OPTIMIZER_KINDS.values(),
    "Learning rates": SCHEDULE_KINDS.values(),
    "Groups of parameters": GROUP_KINDS.values(),
    "Averages": AVERAGE_KINDS.values(),
    "Losses": LOSSES,
    "Penalties": PENALTIES,
    "Early stopping": EARLY_STOPPING_KINDS.values(),
    "Layers": LAYERS,
    "Initialisers": INITIALIZERS,
    "Searches of a study": SEARCHES.values(),
    "Pruning of a study": PRUNING.values(),
}


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## A run\n\n" + _table(_run()), "## `[data]`\n\n" + _table(_data())]
    parts += [f"## {title}\n\n" + _kinds(classes) for title, classes in KINDS.items()]
    return "\n".join(parts).replace("``", "`")


def _run() -> Iterator[tuple[str, ...]]:
    words, hints = arguments(gw.fit), get_type_hints(RunConfig, include_extras=True)
    in_words = {"network": "a layer, or its kind", "optimizer": "an optimizer"}
    for name, field in RunConfig.model_fields.items():
        if name not in ("version", "data"):
            expected = in_words.get(name) or _expected(hints[name])
            default = "needed" if name == "network" else _default(field.default)
            yield f"`{name}`", expected, default, words[name]


def _data() -> Iterator[tuple[str, ...]]:
    words, hints = arguments(DataConfig), get_type_hints(DataConfig, include_extras=True)
    for name, field in DataConfig.model_fields.items():
        default = "needed" if field.is_required() else _default(field.default)
        yield f"`{name}`", _expected(hints[name]), default, words[name]


def _kinds(classes: Iterable[type]) -> str:
    """A paragraph for each kind, and a table where it has settings."""
    parts = []
    for cls in classes:
        words = arguments(cls)
        rows = [
            (f"`{field.name}`", _expected(hint), _default(field.default), words[field.name])
            for field, hint in _fields(cls)
        ]
        parts.append(f"**`{cls.__name__}`**: {_headline(cls)}\n" + ("\n" + _table(rows) if rows else ""))
    return "\n".join(parts)


def _fields(cls: type) -> Iterator[tuple[Any, Any]]:
    hints = field_types(cls)
    return ((field, hints[field.name]) for field in dataclasses.fields(cls))


def arguments(documented: Any) -> dict[str, str]:
    """The meaning of each argument, from the ``Args`` of a docstring, and for a class those of its bases."""
    words: dict[str, str] = {}
    for each in reversed(documented.__mro__) if isinstance(documented, type) else (documented,):
        doc = inspect.cleandoc(each.__doc__ or "")
        block = re.search(r"^Args:\n((?: {4,}.*\n?|\n)*)", doc, re.MULTILINE)
        entries = re.split(r"^ {4}(\w+): ", block[1], flags=re.MULTILINE) if block else [""]
        for name, text in zip(entries[1::2], entries[2::2], strict=True):
            words[name] = " ".join(text.split()).removesuffix(".")
    return words


def _headline(cls: type) -> str:
    """The first line of a docstring up to the derivative beside it; a formula stands in type of one width."""
    first = (cls.__doc__ or "").splitlines()[0].split("        ")[0]
    return f"`{first.rstrip(',')}`" if re.match(r"\w+ [=~] ", first) else first.rstrip(":,.")


def _expected(hint: Any) -> str:
    """What a setting may hold, in words."""
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_expected(option) for option in get_args(hint) if option is not NoneType)
    if (domain := domain_of(hint)) is not None:
        return domain.words
    if get_origin(hint) is dict:
        return f"a table, each {_expected(get_args(hint)[1])}"
    if get_origin(hint) is tuple:
        return f"a list, each {_expected(get_args(hint)[0])}"
    inner = get_args(hint)[0] if get_args(hint) else hint
    if inner is not hint:
        return _expected(inner)
    name = "initialiser" if hint.__name__ == "Initializer" else _spaced(hint.__name__)
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _spaced(name: str) -> str:
    return name if name.isupper() else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _default(value: Any) -> str:
    """A default as TOML has it."""
    if value is dataclasses.MISSING:
        return "needed"
    if value is None or value == ():
        return ""
    return f"`{type(value).__name__ if dataclasses.is_dataclass(value) else json.dumps(value)}`"


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| setting | expected | default | what it is |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
