"""Small runs of every sort that is shown, each trained once, and a reader of the pages about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.check import NetworkCheck, check_network
from gradwright.data import Dataset, Split

CENTRES = np.array([[0.0, 1.5], [1.5, -1.0], [-1.5, -1.0]])
NETWORK = gw.mlp(2, 8, 3)


def blobs(rows: int, seed: int) -> Split:
    """Three round classes in the plane, a little mixed."""
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=rows)
    return Split((CENTRES[y] + 0.7 * rng.standard_normal((rows, 2))).astype(np.float32), y)


@pytest.fixture(scope="session")
def data() -> Dataset:
    """120 training, 60 validation and 30 test rows, with a ceiling."""
    parts = blobs(120, 0), blobs(60, 1), blobs(30, 2)
    return Dataset("blobs", "made for a test", *parts, classes=("north", "east", "west"), bayes_accuracy=0.95)


@pytest.fixture(scope="session")
def train(data: Dataset) -> Callable[..., gw.Run]:
    """Train a small classifier, with settings changed as asked."""

    def train(network: Any = NETWORK, data: Dataset = data, **settings: Any) -> gw.Run:
        given = {"epochs": 3, "batch_size": 20, "learning_rate": 0.2, "name": "blobs", "progress": False}
        return gw.fit(network, data, **{**given, **settings})

    return train


@pytest.fixture(scope="session")
def run(train: Callable[..., gw.Run]) -> gw.Run:
    """A finished classifier of the plane, with validation and test sets."""
    return train(open_test=True)


@pytest.fixture(scope="session")
def seeds(run: gw.Run, train: Callable[..., gw.Run]) -> list[gw.Run]:
    """Three runs that differ by their seed alone."""
    return [run, train(seed=1, open_test=True), train(seed=2, open_test=True)]


@pytest.fixture(scope="session")
def regression(train: Callable[..., gw.Run]) -> gw.Run:
    """One epoch of a line through points: no accuracy, no validation set, no classes."""
    line = gw.data.load("line")
    settings = {"loss": gw.MeanSquaredError(), "learning_rate": 1e-5, "epochs": 1, "name": "line"}
    return train(gw.Linear(1, 1), line, **settings)


@pytest.fixture(scope="session")
def interrupted(run: gw.Run) -> gw.Run:
    """A run that was stopped by Ctrl-C in its third epoch."""
    history = replace(run.history, epochs=run.history.epochs[:3])
    return replace(run, status="interrupted", history=history)


@pytest.fixture(scope="session")
def check(run: gw.Run, data: Dataset) -> NetworkCheck:
    """The gradient check of the classifier."""
    x = data.inputs("train", np.float64)[:20]
    return check_network(run.objective, run.theta, x, data.train.y[:20])


VOID = {"meta", "img", "link", "br", "hr", "input"}
# what fetches from an address, wherever it may stand
FETCHING = ("src", "href", "srcset", "xlink:href", "action", "data", "poster", "background")


@dataclass
class Page(HTMLParser):
    """What a page holds: its tags, its words, its tables, and the faults in its structure."""

    text: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("th", "td"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("th", "td"):
            self.tables[-1][-1][-1] += data
        if data.strip() and "style" not in self.open:
            self.words.append(" ".join(data.split()))

    def attributes(self, name: str) -> list[str]:
        """The values of an attribute, wherever it occurs."""
        return [attrs[name] for _, attrs in self.tags if name in attrs]

    def count(self, tag: str) -> int:
        """How often a tag occurs."""
        return sum(name == tag for name, _ in self.tags)

    @property
    def addresses(self) -> list[str]:
        """Everything that a browser might fetch."""
        return [value for name in FETCHING for value in self.attributes(name)]


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Page]:
    """Read the text of a page."""
    return Page
