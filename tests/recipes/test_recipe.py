"""The recipe: what a data set gets, that it is the paper's network, and that a file holds it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import gradwright as gw
from gradwright.engine import Rows, native, reference, steps_per_epoch
from gradwright.optim import CosLog
from gradwright.recipes import recipe
from gradwright.recipes.folds import folds
from gradwright.recipes.recipe import even_batches
from gradwright.training import config_to_toml, read_config
from gradwright.training.job import Job
from tests.recipes.tables import classes, numbers

AFTER_TEN_STEPS = 1e-9  # what rounding in float64 grows to


def layers(config: gw.RunConfig) -> tuple[gw.nn.Layer, ...]:
    assert isinstance(config.network, gw.Sequential)
    return config.network.layers


def test_a_file_holds_all_of_it(tmp_path: Path) -> None:
    config = recipe(classes(), seed=3)
    path = tmp_path / "recipe.toml"
    path.write_text(config_to_toml(config))
    assert read_config(path) == config


def test_labels_and_numbers_get_what_is_theirs() -> None:
    [labels], [values] = (folds(data, 5, 1, seed=0) for data in (classes(), numbers()))
    of_labels, of_numbers = recipe(labels), recipe(values)
    assert of_labels.loss == gw.SoftmaxCrossEntropy(smoothing=0.1)
    assert of_numbers.loss == gw.MeanSquaredError()
    assert (of_labels.monitor, of_numbers.monitor) == ("validation.accuracy", "validation.loss")
    assert (layers(of_labels)[2], layers(of_numbers)[2]) == (gw.SELU(), gw.Mish())
    assert [config.network.output_features(None) for config in (of_labels, of_numbers)] == [3, 1]


def test_the_schedule_ends_with_the_last_step() -> None:
    data = classes(700)
    config = recipe(data, epochs=7)
    steps = 7 * steps_per_epoch(data.train, config.batch_size)
    assert config.learning_rate == CosLog(0.04, duration=steps)


def test_without_rows_held_out_the_last_epoch_is_kept() -> None:
    [held_out] = folds(classes(), 5, 1, seed=0)
    assert (recipe(classes()).keep, recipe(held_out).keep) == ("last", "best")


@pytest.mark.parametrize("rows", [1, 255, 256, 257, 511, 512, 1000, 5000])
def test_no_batch_is_much_smaller_than_another(rows: int) -> None:
    size = even_batches(rows, 256)
    last = rows % size or size
    steps = math.ceil(rows / size)
    assert size >= min(rows, 256)
    assert size - last <= steps  # a row less for each of the others


def test_weights_begin_with_the_size_that_keeps_that_of_their_inputs() -> None:
    *hidden, _ = (layer for layer in layers(recipe(classes())) if isinstance(layer, gw.Linear))
    assert [layer.in_features for layer in hidden] == [2, 256, 256]
    for layer in hidden:
        assert layer.weight_init == gw.initializers.Normal(1 / math.sqrt(layer.in_features))


def test_a_network_answers_nothing_before_it_learned() -> None:
    task = Job(recipe(classes()), classes()).task
    outputs = task.objective.predict(task.initial_state().theta, classes().train.x)
    assert not outputs.any()


EXACT = gw.Adam(beta2=0.95, epsilon=1e-300)  # epsilon alone knows the unit of a gradient: here nothing does


def as_the_paper_writes_it(config: gw.RunConfig) -> gw.RunConfig:
    """The network y = x w / sqrt(d) + b with w ~ N(0, 1), and one rate for every w.

    What divides by sqrt(d) is a layer before it, a scale that stays as it is.
    """
    theirs: list[gw.nn.Layer] = []
    for layer in layers(config):
        if isinstance(layer, gw.Linear):
            d = layer.in_features
            theirs.append(gw.Scale(d, scale_init=gw.initializers.Constant(1 / math.sqrt(d))))
        theirs.append(layer)
    rates = {"*.scale": 0.0, "0.scale": 6.0, "*.bias": 0.1}
    groups = tuple(gw.ParameterGroup(pattern, rate=rate) for pattern, rate in rates.items())
    return config.model_copy(update={"network": gw.Sequential(*theirs), "groups": groups})


def test_rates_of_groups_make_it_the_network_of_the_paper() -> None:
    """Ten steps from the same beginning, W = w / sqrt(d): both answer the same."""
    data = classes(40)
    config = recipe(data).model_copy(update={"dtype": "float64", "optimizer": EXACT})
    ours, paper = Job(config, data), Job(as_the_paper_writes_it(config), data)
    begin = ours.task.initial_state()
    arrays = iter(config.objective.layout.named(begin.theta).items())
    layout = paper.config.objective.layout
    same = layout.named(paper.task.initial_state().theta)
    for name in same:
        if name == "0.scale" or not name.endswith("scale"):
            _, array = next(arrays)
            same[name] = array * math.sqrt(len(array)) if name.endswith("weight") else array
    answers = []
    for job, state in ((ours, begin), (paper, paper.task.state_at(layout.from_named(same)))):
        for _ in range(10):
            state = reference.train_epoch(job.task, state, Rows(data.train, data.features)).state
        x = data.train.x.astype(np.float64)
        answers.append(job.config.objective.predict(state.theta, x))
    assert np.abs(answers[0]).max() > 0.1
    np.testing.assert_allclose(answers[0], answers[1], rtol=0, atol=AFTER_TEN_STEPS)


@pytest.mark.skipif(not native.available(), reason="needs the compiled engine")
def test_the_compiled_engine_trains_all_of_it() -> None:
    for data in (classes(), numbers()):
        job = Job(recipe(data).model_copy(update={"engine": "native"}), data)
        assert job.engine.name == "native"
