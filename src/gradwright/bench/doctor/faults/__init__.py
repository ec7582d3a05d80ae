"""The faults, by where they lie, and what cannot be done through a config or data."""

from gradwright.bench.doctor.faults.fault import Fault, Severity
from gradwright.bench.doctor.faults.of_data import OF_DATA
from gradwright.bench.doctor.faults.of_descent import OF_DESCENT
from gradwright.bench.doctor.faults.of_network import OF_NETWORK
from gradwright.bench.doctor.faults.of_signal import OF_SIGNAL

FAULTS: tuple[Fault, ...] = (*OF_SIGNAL, *OF_DESCENT, *OF_NETWORK, *OF_DATA)

# What published lists of faults have and gradwright refuses in words before the first step
REFUSED = {
    "NaN or infinite entries in the data": "a split names the first one; 1e39 in float64 stands for it",
    "softmax on one unit": "the loss asks for an output for each class",
    "squared error on labels, or a two-class loss on more": "one-hot rows stand for it",
    "a negative learning rate": "rates are positive; a loss of one's own with the wrong sign stands for it",
    "training rows in the order of the file": "rows sorted before division stand for it",
    "early stopping without validation rows": "what is watched must be there",
    "layers whose sizes do not meet": "said by the place",
}

__all__ = ["FAULTS", "REFUSED", "Fault", "Severity"]
