"""Is this gradient right? The verdict on any function, and the proofs of gradwright's own layers."""

from gradwright.check.assertion import assert_gradient
from gradwright.check.battery import BatteryReport, Finding, check_layer, check_loss, check_penalty
from gradwright.check.complex_step import complex_step_derivative, complex_step_gradient
from gradwright.check.network import NetworkCheck, check_network
from gradwright.check.orders import fitted_order
from gradwright.check.taylor import TaylorRow, TaylorTest, taylor_test
from gradwright.check.verdict import GradientReport, check_gradient

__all__ = [
    "BatteryReport",
    "Finding",
    "GradientReport",
    "NetworkCheck",
    "TaylorRow",
    "TaylorTest",
    "assert_gradient",
    "check_gradient",
    "check_layer",
    "check_loss",
    "check_network",
    "check_penalty",
    "complex_step_derivative",
    "complex_step_gradient",
    "fitted_order",
    "taylor_test",
]
