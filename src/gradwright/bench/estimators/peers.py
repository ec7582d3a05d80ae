"""Whose estimators are compared: ours, scikit-learn's, and skorch's where PyTorch is installed too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np

from gradwright.nn.layer import Array

Peer = Callable[..., Any]  # keywords of scikit-learn's MLPClassifier -> an estimator
BATCH, ALPHA = 200, 1e-4  # what scikit-learn takes by default


def ours(**settings: Any) -> Any:
    return import_module("gradwright.sklearn").MLPClassifier(**settings)


def scikit_learn(**settings: Any) -> Any:
    return import_module("sklearn.neural_network").MLPClassifier(**settings)


class Skorch:
    """skorch's classifier of the network that scikit-learn makes of the settings: ReLU and Adam."""

    def __init__(
        self,
        max_iter: int,
        hidden_layer_sizes: tuple[int, ...] = (100,),
        random_state: int = 0,
        **_endless: Any,
    ) -> None:
        self.epochs, self.hidden, self.seed = max_iter, hidden_layer_sizes, random_state

    def fit(self, x: Array, y: Array) -> None:
        torch, skorch = import_module("torch"), import_module("skorch")
        torch.manual_seed(self.seed)
        torch.set_num_threads(1)
        torch.set_default_dtype(getattr(torch, x.dtype.name))
        widths = (x.shape[1], *self.hidden, len(np.unique(y)))
        layers = [
            layer
            for inputs, outputs in pairwise(widths)
            for layer in (torch.nn.Linear(inputs, outputs), torch.nn.ReLU())
        ]
        self.classifier = skorch.NeuralNetClassifier(
            torch.nn.Sequential(*layers[:-1]),
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            optimizer__weight_decay=ALPHA / BATCH,
            lr=1e-3,
            max_epochs=self.epochs,
            batch_size=BATCH,
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
        )
        self.classifier.fit(x, y)

    def predict(self, x: Array) -> Array:
        answers: Array = self.classifier.predict(x)
        return answers


PEERS: Mapping[str, Peer] = {"gradwright": ours, "scikit-learn": scikit_learn, "skorch": Skorch}
NEEDS = {"gradwright": ("sklearn",), "scikit-learn": ("sklearn",), "skorch": ("skorch", "torch")}


def installed() -> tuple[str, ...]:
    """Those that can be asked here, ours first."""
    return tuple(who for who, needs in NEEDS.items() if all(map(find_spec, needs)))
