"""libxsmm and oneDNN: libraries of matrix kernels in the epoch loop of ``benchmarks/rivals``, if built."""

from __future__ import annotations

import ctypes
import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload

FOLDER = "GRADWRIGHT_RIVALS"  # names the folder of what was built, where it is another one
BUILT = Path("benchmarks/rivals/build")
ACTIVATIONS = {"tanh": 1, "sigmoid": 2, "relu": 3}  # as rival.h counts them


class Network(ctypes.Structure):
    """``Network`` of rival.h."""

    _fields_ = (
        ("widths", ctypes.c_void_p),
        *(
            (name, ctypes.c_int32)
            for name in ("layers", "batch", "activation", "residual", "bf16", "threads")
        ),
        ("rate", ctypes.c_float),
        ("l2", ctypes.c_float),
        ("x", ctypes.c_void_p),
        ("y", ctypes.c_void_p),
    )


class Rival:
    """One model, which a library trains: an epoch is one call."""

    def __init__(self, problem: Problem, threads: int, library: str, bf16: bool = False) -> None:
        work = problem.workload
        self.library, self.first = load(library), problem.initial()[0]
        self.x, self.y = problem.x, problem.y
        widths = np.asarray(work.widths, np.int32)
        (rate,) = problem.rates
        network = Network(
            widths.ctypes.data,
            len(widths) - 1,
            work.batch_size,
            ACTIVATIONS[work.activation],
            work.residual,
            bf16,
            threads,
            rate,
            work.l2,
            self.x.ctypes.data,
            self.y.ctypes.data,
        )
        theta = np.concatenate([np.ravel(array) for array in self.first])
        self.rival = self.library.rival_new(ctypes.byref(network), theta.ctypes.data)
        if not self.rival:
            raise RuntimeError(f"{library} cannot train {work.name}")

    def __del__(self) -> None:
        self.library.rival_free(self.rival)

    def train(self, order: NDArray[np.int64]) -> Trained:
        _, steps, _ = order.shape
        rows = np.ascontiguousarray(order[0])
        return Trained(steps, self.library.rival_train(self.rival, rows.ctypes.data, steps))

    def parameters(self) -> list[list[Array]]:
        theta = np.empty(sum(array.size for array in self.first), np.float32)
        self.library.rival_parameters(self.rival, theta.ctypes.data)
        ends = np.cumsum([array.size for array in self.first])
        parts = np.split(theta, ends[:-1])
        return [[part.reshape(array.shape) for part, array in zip(parts, self.first, strict=True)]]


def file_of(library: str) -> Path:
    """Where the shared object of ``library`` is to be."""
    return Path(os.environ.get(FOLDER, BUILT)) / f"{library}.so"


def load(library: str) -> Any:
    """The four functions of rival.h."""
    loaded = ctypes.CDLL(str(file_of(library).resolve()))
    loaded.rival_new.restype = ctypes.c_void_p
    loaded.rival_new.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    loaded.rival_train.restype = ctypes.c_double
    loaded.rival_train.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    loaded.rival_parameters.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    loaded.rival_free.argtypes = (ctypes.c_void_p,)
    return loaded


def _refuses(library: str, bf16: bool, workload: Workload) -> str | None:
    if workload.batch_size == 1:
        return "its products are for batches"
    if bf16 and max(workload.widths) <= 128:
        return "bfloat16 is for wide layers"
    if file_of(library).exists():
        return None
    made = f"there is no {file_of(library)}, which make -C benchmarks/rivals makes with {library}"
    return f"{made}; docs/benchmarks.md says where to get it"


def _peers(library: str, title: str) -> tuple[Peer, Peer]:
    return (
        Peer(library, title, partial(Rival, library=library), refuses=partial(_refuses, library, False)),
        Peer(
            f"{library}-bf16",
            f"{title}, bf16",
            partial(Rival, library=library, bf16=True),
            refuses=partial(_refuses, library, True),
            rounding=1e-2,  # bfloat16 keeps 8 bits
        ),
    )


PEERS = (*_peers("libxsmm", "libxsmm"), *_peers("onednn", "oneDNN"))
