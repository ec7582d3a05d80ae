"""How parameters move: optimizers, learning-rate schedules, and a look at a schedule before it is run."""

from gradwright.optim.adam import Adam, AdamW
from gradwright.optim.average import EMA
from gradwright.optim.clipping import clip_by_norm
from gradwright.optim.cycles import CosLog, OneCycle, TriangularCycle
from gradwright.optim.decays import CosineDecay, ExponentialDecay, PolynomialDecay, StepDecay
from gradwright.optim.groups import Factors, ParameterGroup, as_groups, with_groups
from gradwright.optim.kinds import AVERAGE_KINDS, OPTIMIZER_KINDS, SCHEDULE_KINDS
from gradwright.optim.lbfgs import LBFGS
from gradwright.optim.optimizer import Optimizer, State
from gradwright.optim.preview import Preview, PreviewRow, preview, rates
from gradwright.optim.rmsprop import RMSProp
from gradwright.optim.schedule import Constant, Schedule, as_schedule
from gradwright.optim.sgd import SGD
from gradwright.optim.warmup import LinearWarmup
from gradwright.optim.whole_data import ValueAndGrad, WholeData

__all__ = [
    "AVERAGE_KINDS",
    "EMA",
    "LBFGS",
    "OPTIMIZER_KINDS",
    "SCHEDULE_KINDS",
    "SGD",
    "Adam",
    "AdamW",
    "Constant",
    "CosLog",
    "CosineDecay",
    "ExponentialDecay",
    "Factors",
    "LinearWarmup",
    "OneCycle",
    "Optimizer",
    "ParameterGroup",
    "PolynomialDecay",
    "Preview",
    "PreviewRow",
    "RMSProp",
    "Schedule",
    "State",
    "StepDecay",
    "TriangularCycle",
    "ValueAndGrad",
    "WholeData",
    "as_groups",
    "as_schedule",
    "clip_by_norm",
    "preview",
    "rates",
    "with_groups",
]
