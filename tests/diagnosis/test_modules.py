"""Faults are planted in PyTorch modules and found by the same words as in one's own networks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import gradwright as gw
from gradwright.errors import ConfigError, ShapeError

torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.fixture
def rows() -> Any:
    torch.manual_seed(0)
    x = torch.randn(400, 4)
    return x, (x[:, 0] * x[:, 1] > 0).long()


def stack(*widths: int, activation: Any = nn.Tanh) -> Any:
    torch.manual_seed(1)
    layers: list[Any] = []
    for i, o in pairwise(widths):
        layers += [nn.Linear(i, o), activation()]
        nn.init.xavier_uniform_(layers[-2].weight)
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.GELU])
def test_a_usual_module_is_healthy(rows: Any, activation: Any) -> None:
    found = gw.diagnose_module(stack(4, 16, 16, 2, activation=activation), *rows)
    assert found.healthy, str(found)
    assert [row.kind for row in found.layers[::2]] == ["Linear"] * 3
    assert len(found.arrays) == 6


def test_equal_units(rows: Any) -> None:
    module = stack(4, 8, 2)
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    assert "symmetric" in gw.diagnose_module(module, *rows).kinds


def test_dead_units(rows: Any) -> None:
    module = stack(4, 8, 2, activation=nn.ReLU)
    nn.init.constant_(module[0].bias, -100.0)
    found = gw.diagnose_module(module, *rows)
    assert found.kinds == ("dead",)
    assert found.findings[0].places == ("1",)


def test_saturated_units(rows: Any) -> None:
    x, y = rows
    assert "saturated" in gw.diagnose_module(stack(4, 16, 2), 300 * x, y).kinds


def test_a_gradient_that_fades(rows: Any) -> None:
    assert "vanishing" in gw.diagnose_module(stack(4, *[16] * 8, 2, activation=nn.Sigmoid), *rows).kinds


def test_linear_maps_in_a_row_are_told_from_those_with_a_function_between(rows: Any) -> None:
    class Functional(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self, bend: bool) -> None:
            super().__init__()
            self.first, self.last, self.bend = nn.Linear(4, 8), nn.Linear(8, 2), bend

        def forward(self, x: Any) -> Any:
            x = self.first(x)
            return self.last(torch.relu(x) if self.bend else x)

    found = gw.diagnose_module(Functional(bend=False), *rows)
    assert found.kinds == ("activation missing",)
    assert found.findings[0].places == ("first", "last")
    assert gw.diagnose_module(Functional(bend=True), *rows).healthy


def test_softmax_twice(rows: Any) -> None:
    assert gw.diagnose_module(nn.Sequential(stack(4, 8, 2), nn.Softmax(1)), *rows).kinds == (
        "wrong output activation",
    )


def test_the_module_is_left_as_it_was(rows: Any) -> None:
    module = stack(4, 8, 2).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    gw.diagnose_module(module, *rows)
    assert module.training
    assert all(parameter.grad is None for parameter in module.parameters())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert not any(each._forward_hooks for each in module.modules())


def test_numbers_are_told_by_squared_error_and_channels_are_units(rows: Any) -> None:
    x, _ = rows
    module = nn.Sequential(
        nn.Unflatten(1, (1, 4)), nn.Conv1d(1, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(9, 1)
    )
    found = gw.diagnose_module(module, x.numpy(), x[:, :1].numpy())
    assert next(row.units for row in found.layers if row.kind == "Conv1d") == 3


def test_what_cannot_be_looked_at_is_refused(rows: Any) -> None:
    x, y = rows
    with pytest.raises(ConfigError, match=r"expected a torch.nn.Module, found str"):
        gw.diagnose_module("net", x, y)
    with pytest.raises(ShapeError, match="found 400 and 399"):
        gw.diagnose_module(stack(4, 2), x, y[1:])
