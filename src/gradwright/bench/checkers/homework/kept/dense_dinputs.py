"""Dense, ReLU, dense, softmax with cross-entropy: classes with dinputs, dweights and dbiases."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons, seed=0):
        rng = np.random.RandomState(seed)
        self.weights = 0.6 * rng.randn(n_inputs, n_neurons)
        self.biases = 0.3 * rng.randn(1, n_neurons)

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class Activation_Softmax:
    def forward(self, inputs):
        exp_values = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for index, (single_output, single_dvalues) in enumerate(zip(self.output, dvalues)):
            single_output = single_output.reshape(-1, 1)
            jacobian_matrix = np.diagflat(single_output) - np.dot(single_output, single_output.T)
            self.dinputs[index] = np.dot(jacobian_matrix, single_dvalues)


class Network:
    def __init__(self):
        self.dense1 = Layer_Dense(4, 6, seed=1)
        self.relu = Activation_ReLU()
        self.dense2 = Layer_Dense(6, 3, seed=2)
        self.softmax = Activation_Softmax()

    def forward(self, inputs):
        for layer in (self.dense1, self.relu, self.dense2, self.softmax):
            layer.forward(inputs)
            inputs = layer.output
        self.output = inputs
        return self.output

    def backward(self, dvalues):
        for layer in (self.softmax, self.dense2, self.relu, self.dense1):
            layer.backward(dvalues)
            dvalues = layer.dinputs
        return dvalues
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.Network(), rng.standard_normal((5, 4)))


LAST = "dense2.weights dense2.biases"
ALL = f"inputs dense1.weights dense1.biases {LAST}"
FIRST = "inputs dense1.weights dense1.biases"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "only the diagonal of the softmax's Jacobian",
            "np.diagflat(single_output) - np.dot(single_output, single_output.T)",
            "np.diagflat(single_output * (1 - single_output))",
            ALL,
            "SOFTMAX_DIAGONAL",
        ),
        fault(
            "the outer product forgotten",
            "np.diagflat(single_output) - np.dot(single_output, single_output.T)",
            "np.diagflat(single_output)",
            ALL,
            "SOFTMAX_DIAGONAL",
            "ROW_TERM",
            "PART_MISSING",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the softmax skipped",
            "(self.softmax, self.dense2, self.relu, self.dense1)",
            "(self.dense2, self.relu, self.dense1)",
            ALL,
            "ACTIVATION_MISSING",
        ),
        fault(
            "the ReLU skipped",
            "(self.softmax, self.dense2, self.relu, self.dense1)",
            "(self.softmax, self.dense2, self.dense1)",
            FIRST,
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "the mask of what comes back",
            "self.dinputs[self.inputs <= 0] = 0",
            "self.dinputs[dvalues <= 0] = 0",
            FIRST,
            "MASK_OF_GRADIENT",
        ),
        fault(
            "cut at 0 instead of masked",
            "self.dinputs[self.inputs <= 0] = 0",
            "self.dinputs = np.clip(self.dinputs, -0.02, 0.02) * (self.inputs > 0)",
            FIRST,
            "CLIPPED",
        ),
        fault(
            "biases averaged",
            "np.sum(dvalues, axis=0, keepdims=True)",
            "np.mean(dvalues, axis=0, keepdims=True)",
            "dense1.biases dense2.biases",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the Jacobian of the first row for all",
            "np.diagflat(single_output) - np.dot(single_output, single_output.T)",
            "np.diagflat(self.output[0]) - np.outer(self.output[0], self.output[0])",
            ALL,
            "ROWS_MIXED",
        ),
    ),
)
