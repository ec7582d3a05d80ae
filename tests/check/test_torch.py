"""PyTorch's modules and functions are judged by the user's names, and left as they were."""

# mypy: allow-subclassing-any, allow-untyped-calls
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradwright.check import assert_module
from gradwright.check.present.report import GradientReport
from gradwright.check.torch import check_function, check_module
from gradwright.errors import CheckError, ConfigError
from tests.check.placed import is_placed

torch: Any = pytest.importorskip("torch", reason="needs PyTorch")
nn: Any = torch.nn
PRECISIONS = pytest.mark.parametrize("dtype", ["float64", "float32"])


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for arrays so small more of them only wait for each other
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


class Recurrent(nn.Module):
    """An LSTM and a read-out: what it returns is one tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.lstm(x)[0])


def mlp() -> Any:
    return nn.Sequential(nn.Linear(8, 6), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(6, 2))


def silu_rms(x: Any, shape: tuple[int, ...]) -> Any:
    return nn.functional.rms_norm(nn.functional.silu(x), shape)


def tied() -> Any:
    network = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
    network[2].weight = network[0].weight
    return network


RIGHT = {
    "linear": lambda: (nn.Linear(8, 5), torch.randn(4, 8)),
    "convolution": lambda: (nn.Conv1d(3, 4, 3), torch.randn(4, 3, 8)),
    "lstm": lambda: (Recurrent(), torch.randn(5, 2, 3)),
    "lstm with its states": lambda: (
        nn.LSTM(3, 4),
        torch.randn(5, 2, 3),
        (torch.randn(1, 2, 4), torch.randn(1, 2, 4)),
    ),
    "batch norm in training": lambda: (nn.BatchNorm1d(3), torch.randn(4, 3, 8)),
    "batch norm in evaluation": lambda: (nn.BatchNorm1d(3).eval(), torch.randn(4, 3, 8)),
    "a bias that a batch norm takes away": lambda: (
        nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4)),
        torch.randn(4, 3, 8),
    ),
    "layer norm": lambda: (nn.LayerNorm(8), torch.randn(4, 8)),
    "dropout and a ReLU in place": lambda: (mlp(), torch.randn(4, 8)),
    "a ReLU in place on the input": lambda: (nn.Sequential(nn.ReLU(inplace=True)), torch.randn(4, 8)),
    "embedding": lambda: (nn.Embedding(10, 4), torch.arange(6)),
    "sparse embedding": lambda: (nn.Embedding(10, 4, sparse=True), torch.arange(6)),
    "attention": lambda: (nn.MultiheadAttention(8, 2), *torch.randn(3, 3, 2, 8)),
    "tied weights": lambda: (tied(), torch.randn(5, 4)),
}


@PRECISIONS
@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_module_is_correct(kind: str, dtype: Any) -> None:
    report = check_module(*RIGHT[kind](), dtype=dtype)
    assert report.verdict == "correct", str(report)
    assert report.notes[0] == f"checked in {dtype}"


def test_parameters_have_the_names_of_the_state_dict_and_inputs_their_numbers() -> None:
    report = check_module(Recurrent(), torch.randn(5, 2, 3))
    assert [p.name for p in report.parameters] == ["input 0", *Recurrent().state_dict()]
    names = [p.name for p in check_module(*RIGHT["lstm with its states"]()).parameters]
    assert names[:3] == ["input 0", "input 1[0]", "input 1[1]"]


def test_whole_numbers_and_masks_are_held_constant_and_said_so() -> None:
    report = check_module(nn.Embedding(10, 4), torch.arange(6))
    assert [p.name for p in report.parameters] == ["weight"]
    assert report.notes[1] == "held constant: input 0 (torch.int64)"
    mask = torch.tensor([0.0, -torch.inf])
    report = check_function(lambda x, mask: (x + mask).softmax(0), torch.randn(2), mask)
    assert report.notes[1] == "held constant: input 1 (torch.float32)"


def test_a_frozen_parameter_is_not_checked_and_said_so() -> None:
    layer = nn.Linear(3, 2)
    layer.bias.requires_grad_(False)
    report = check_module(layer, torch.randn(4, 3))
    assert [p.name for p in report.parameters] == ["input 0", "weight"]
    assert report.notes[1] == "not checked, because it requires no gradient: bias"


def test_a_loss_of_the_user_is_what_is_differentiated() -> None:
    labels = torch.tensor([0, 2, 1, 1])
    report = check_module(mlp(), torch.randn(4, 8), loss=lambda z: nn.functional.cross_entropy(z, labels % 2))
    assert report.verdict == "correct", str(report)


# Planted faults


class Dense(torch.autograd.Function):
    """y = tanh(x W' + b), and the fault that its backward shall have."""

    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any, bias: Any, fault: str) -> Any:
        y = torch.tanh(x @ weight.T + bias)
        ctx.fault = fault
        ctx.save_for_backward(x, weight, y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Any) -> Any:
        x, weight, y = ctx.saved_tensors
        assert dy.dtype == x.dtype == torch.get_default_dtype()  # what the checker promises
        dz = dy * (1 - y**2)
        match ctx.fault:
            case "factor":
                dz = dz / 2
            case "output for input":
                dz = dy * (1 - torch.tanh(y) ** 2)
            case "left out":
                dz = dy
            case "raises":
                raise KeyError("no W")
        dweight = dz.T @ x
        match ctx.fault:
            case "sign":
                dweight = -dweight
            case "transposed":
                dweight = dweight.T
            case "clipped":
                dweight = dweight.clamp(-0.5, 0.5)
            case "entry":
                dweight[2, 3] *= 1.01
            case "none":
                dweight = None
            case "shape":
                dweight = dweight[:1, :2]
        return dz @ weight, dweight, dz.sum(0), None


class Network(nn.Module):
    """Linear, then the layer with the fault, then linear."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault
        self.fc1, self.fc2 = nn.Linear(6, 4), nn.Linear(4, 3)
        self.weight, self.bias = nn.Parameter(torch.randn(4, 4)), nn.Parameter(torch.randn(4))

    def forward(self, x: Any) -> Any:
        return self.fc2(Dense.apply(self.fc1(x), self.weight, self.bias, self.fault))


def check_dense(fault: str, dtype: Any = "float64") -> GradientReport:
    return check_function(
        Dense.apply, torch.randn(5, 4), torch.randn(4, 4), torch.randn(4), fault, dtype=dtype
    )


def check_network(fault: str, dtype: Any = "float64") -> GradientReport:
    return check_module(Network(fault), torch.randn(5, 6), dtype=dtype)


FAULTS = [
    ("factor", "input 0", "a factor of 2 is missing"),
    ("sign", "weight", "the sign is reversed"),
    ("transposed", "weight", "transposed"),
    ("entry", "weight[2, 3]", "one entry is wrong"),
    ("none", "weight", "the gradient is missing (zero)"),
    ("left out", "input 0", "an activation's derivative is missing"),
    (
        "output for input",
        "input 0",
        "an activation's derivative is taken at the output instead of the input",
    ),
]


@pytest.mark.parametrize(("fault", "location", "cause"), FAULTS)
def test_a_planted_fault_is_placed_and_named_in_a_module(fault: str, location: str, cause: str) -> None:
    report = check_network(fault)
    assert (report.verdict, report.cause) == ("wrong", cause), str(report)
    assert is_placed(report, location), str(report)


@pytest.mark.parametrize(("fault", "location", "cause"), FAULTS)
def test_a_planted_fault_is_placed_and_named_in_a_function(fault: str, location: str, cause: str) -> None:
    report, place = check_dense(fault), location.replace("weight", "input 1")
    assert (report.verdict, report.cause) == ("wrong", cause), str(report)
    assert is_placed(report, place), str(report)


@PRECISIONS
@pytest.mark.parametrize("check", [check_dense, check_network])
def test_without_a_fault_the_same_function_is_correct(check: Any, dtype: Any) -> None:
    assert check("", dtype).verdict == "correct"


@pytest.mark.parametrize("fault", ["factor", "sign", "transposed"])
def test_float32_finds_coarse_faults_too(fault: str) -> None:
    assert check_network(fault, "float32").verdict == "wrong"


def test_a_clipped_gradient_is_wrong_in_the_parameter_that_was_clipped() -> None:
    report = check_dense("clipped")
    verdicts = {p.name: p.verdict for p in report.parameters}
    assert verdicts == {"input 0": "correct", "input 1": "wrong", "input 2": "correct"}
    assert str(report.location).startswith("input 1")


def test_an_output_that_autograd_sees_no_way_to_has_a_missing_gradient() -> None:
    report = check_function(lambda x: x.detach() ** 2, torch.randn(3))
    assert (report.verdict, report.cause) == ("wrong", "the gradient is missing (zero)")


def test_a_kink_is_stepped_aside_from() -> None:
    report = check_function(torch.relu, torch.zeros(3))
    assert report.verdict == "correct"
    assert "x lies on a kink" in report.notes[-1]


def test_a_module_that_draws_from_elsewhere_is_undecided_and_named_so() -> None:
    noise = np.random.default_rng(0)
    report = check_function(lambda x: x * noise.random(), torch.randn(3))
    assert report.verdict == "undecided"
    assert "not deterministic" in report.reason


def test_outside_the_domain_of_a_factorization_there_is_no_value_and_no_error() -> None:
    report = check_function(lambda d: torch.linalg.cholesky(torch.diag(d)), torch.tensor([0.1, 5.0]))
    assert report.verdict == "correct", str(report)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_graphs_are_kept_wherever_it_is_called_from(mode: Any) -> None:
    with mode():
        assert check_function(torch.sin, torch.randn(3)).verdict == "correct"
        assert check_module(nn.BatchNorm1d(3), torch.randn(4, 3)).verdict == "correct"
        assert not torch.is_grad_enabled()


# What it leaves alone


class Stateful(nn.Module):
    """It writes to a buffer in place, binds another anew, counts its calls, and draws."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.LSTM(4, 2))
        self.register_buffer("last", torch.zeros(2))
        self.calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        y = self.body(x)[0]
        self.last = y.detach().mean(0)
        return y


@pytest.mark.parametrize("training", [True, False])
def test_the_module_and_the_random_numbers_are_left_bit_for_bit(training: bool) -> None:
    module, x = Stateful().train(training), torch.randn(6, 3, requires_grad=True)
    module(x).sum().backward()
    module.body[0].bias.requires_grad_(False)
    tensors = [*module.parameters(), *module.buffers(), x]
    before = [(id(t), t.detach().clone(), None if t.grad is None else t.grad.clone()) for t in tensors]
    flags = [(m.training, [p.requires_grad for p in m.parameters()]) for m in module.modules()]
    flat, state, calls = list(map(id, module.body[3]._flat_weights)), torch.get_rng_state(), module.calls

    assert check_module(module, x).verdict == "correct"

    for tensor, (identity, value, grad) in zip(
        [*module.parameters(), *module.buffers(), x], before, strict=True
    ):
        assert id(tensor) == identity
        assert tensor.dtype == value.dtype
        assert torch.equal(tensor, value)
        assert (tensor.grad is None) if grad is None else torch.equal(tensor.grad, grad)
    assert flags == [(m.training, [p.requires_grad for p in m.parameters()]) for m in module.modules()]
    assert (list(map(id, module.body[3]._flat_weights)), module.calls) == (flat, calls)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_default_dtype() == torch.float32


def test_after_an_exception_the_settings_are_as_before() -> None:
    x, state = torch.randn(3), torch.get_rng_state()
    with pytest.raises(CheckError):
        check_function(lambda x: x @ torch.rand(3, 3) @ x.half(), x)
    assert torch.get_default_dtype() == torch.float32
    assert torch.equal(torch.get_rng_state(), state)


def test_the_same_seed_gives_the_same_report() -> None:
    module, x = mlp(), torch.randn(4, 8)
    assert str(check_module(module, x, seed=3)) == str(check_module(module, x, seed=3))


# What cannot be asked


def test_an_exception_in_a_backward_is_told_with_its_line() -> None:
    with pytest.raises(
        CheckError, match=r'Network raised KeyError: .*\n.*in backward\n *raise KeyError\("no W'
    ):
        check_network("raises")


def test_a_gradient_of_another_shape_is_told_in_pytorchs_words() -> None:
    with pytest.raises(CheckError, match=r"Dense\.apply raised RuntimeError: .*invalid gradient at index 1"):
        check_dense("shape")


def test_a_forward_that_insists_on_its_dtype_is_told_the_way_out() -> None:
    def stubborn(x: Any, weight: Any) -> Any:
        return x.float() @ weight

    x, weight = torch.randn(2, 3), torch.randn(3, 2)
    with pytest.raises(CheckError, match=r'(?s)in stubborn\n.*dtype="float32"'):
        check_function(stubborn, x, weight)
    assert check_function(stubborn, x, weight, dtype="float32").verdict == "correct"


def test_half_precision_is_refused_by_the_name_of_the_parameter() -> None:
    with pytest.raises(ConfigError, match="weight: expected float64 or float32, found float16"):
        check_module(nn.Linear(3, 2).half(), torch.randn(4, 3))
    with pytest.raises(ConfigError, match="input 0: expected float64 or float32, found bfloat16"):
        check_function(torch.sin, torch.randn(3, dtype=torch.bfloat16))
    with pytest.raises(ConfigError, match="dtype: expected float64 or float32, found float16"):
        check_function(torch.sin, torch.randn(3), dtype="float16")  # type: ignore[arg-type]


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"expected a torch\.nn\.Module, found builtin_function_or_method"):
        check_module(torch.sin, torch.randn(3))


def test_without_floats_there_is_nothing_to_ask() -> None:
    with pytest.raises(ConfigError, match="expected a floating-point array to differentiate"):
        check_function(torch.sin, torch.arange(3))
    with pytest.raises(ConfigError, match=r"as the output, found torch\.bool"):
        check_function(lambda x: x > 0, torch.randn(3))


def test_a_module_is_asserted_in_one_line() -> None:
    assert assert_module(torch.nn.Linear(3, 2), torch.ones(4, 3)).verdict == "correct"


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("function", [torch.softmax, torch.nn.functional.layer_norm, silu_rms])
def test_a_function_that_computes_in_fewer_digits_inside_raises_no_alarm(function: Any, dtype: str) -> None:
    def inside(x: Any) -> Any:
        return function(x.to(getattr(torch, dtype)), -1 if function is torch.softmax else (5,)).to(x.dtype)

    report = check_function(inside, torch.randn(6, 5))
    assert report.verdict == "correct"
    assert any(note.startswith(f"f computes in {dtype} inside: its slopes") for note in report.notes), (
        report.notes
    )


def test_a_fault_is_found_through_single_precision_inside() -> None:
    class Squares(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return (x.float() ** 2).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:
            return 2.02 * ctx.saved_tensors[0] * dy

    assert check_function(Squares.apply, torch.randn(6, 5)).verdict == "wrong"


class Tripled(torch.autograd.Function):
    """3 x, whose backward forgets the 3."""

    @staticmethod
    def forward(_ctx: Any, x: Any) -> Any:
        return 3 * x

    @staticmethod
    def backward(_ctx: Any, dy: Any) -> Any:
        return dy


class InAutocast(torch.nn.Module):
    """A module that computes in mixed precision, and a wrong step in it if there is one."""

    def __init__(self, step: Any) -> None:
        super().__init__()
        self.first, self.last, self.step = torch.nn.Linear(6, 8), torch.nn.Linear(8, 3), step

    def forward(self, x: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return self.last(self.step(torch.tanh(self.first(x)))).float()


@pytest.mark.parametrize(("step", "verdict"), [(torch.nn.Identity(), "correct"), (Tripled.apply, "wrong")])
def test_a_module_in_autocast_is_judged_and_its_few_digits_are_told(step: Any, verdict: str) -> None:
    torch.manual_seed(0)
    report = check_module(InAutocast(step), torch.randn(5, 6))
    assert report.verdict == verdict, str(report)
    assert any("fewer digits" in note or "inside" in note for note in report.notes)
