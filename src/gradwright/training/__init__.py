"""Training one network: the loop, its history, and the record that it leaves."""

from gradwright.training.callbacks import Callback, EarlyStopping
from gradwright.training.config import RunConfig, config_to_toml, make_config, read_config
from gradwright.training.data_config import DataConfig
from gradwright.training.find_rate import FoundRate, find_rate
from gradwright.training.fit import fit
from gradwright.training.history import EpochRecord, History
from gradwright.training.load_data import load_data
from gradwright.training.load_run import load_run
from gradwright.training.metrics import Metric
from gradwright.training.run import Run
from gradwright.training.train import train
from gradwright.training.train_many import train_many

__all__ = [
    "Callback",
    "DataConfig",
    "EarlyStopping",
    "EpochRecord",
    "FoundRate",
    "History",
    "Metric",
    "Run",
    "RunConfig",
    "config_to_toml",
    "find_rate",
    "fit",
    "load_data",
    "load_run",
    "make_config",
    "read_config",
    "train",
    "train_many",
]
