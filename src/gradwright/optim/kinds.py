"""The optimizers, schedules and averages that a specification can name."""

from __future__ import annotations

from gradwright.optim.adam import Adam, AdamW
from gradwright.optim.average import EMA
from gradwright.optim.cycles import CosLog, OneCycle, TriangularCycle
from gradwright.optim.decays import CosineDecay, ExponentialDecay, PolynomialDecay, StepDecay
from gradwright.optim.lbfgs import LBFGS
from gradwright.optim.rmsprop import RMSProp
from gradwright.optim.schedule import Constant
from gradwright.optim.sgd import SGD
from gradwright.optim.warmup import LinearWarmup
from gradwright.specs import kinds_of

AVERAGE_KINDS = kinds_of(EMA)
OPTIMIZER_KINDS = kinds_of(SGD, Adam, AdamW, RMSProp, LBFGS)
SCHEDULE_KINDS = kinds_of(
    Constant,
    ExponentialDecay,
    StepDecay,
    PolynomialDecay,
    CosineDecay,
    LinearWarmup,
    OneCycle,
    TriangularCycle,
    CosLog,
)
