"""A copy of the process, which fork makes, has the compiled models of the first, but not their threads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gradwright.engine import variants

pytestmark = [
    pytest.mark.waits,
    pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks"),
]

FORKING = """
import os
import numpy as np
from gradwright.engine import native
from gradwright.engine.models import make_model
from gradwright.nn import MeanSquaredError, Objective, mlp

objective, x = Objective(mlp(200, 300, 300, 3), MeanSquaredError()), np.ones((600, 200))
theta, before = np.linspace(-0.1, 0.1, objective.layout.size), np.empty((600, 3))
model = make_model(objective, "float64", 600, threads=3)  # 600 rows are enough to be shared

def predict(model):
    output = np.empty((600, 3))
    model.predict(theta, *native._features(x, native.Affine(), "float64"), output)
    return output

before = predict(model)
child = os.fork()
{steps}
if child == 0:
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert np.array_equal(predict(model or make_model(objective, "float64", 600, threads=3)), before)
"""


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param("assert np.array_equal(predict(model), before)", id="used"),
        pytest.param("model = None", id="dropped"),
        pytest.param("assert np.array_equal(native.predict(objective, theta, x), before)", id="made anew"),
    ],
)
def test_a_copy_of_the_process_goes_on_with_its_models_alone(steps: str) -> None:
    subprocess.run([sys.executable, "-c", FORKING.format(steps=steps)], check=True, timeout=60)
