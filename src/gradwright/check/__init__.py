"""Is this gradient right? Derivatives held against the complex step and against Taylor's theorem."""

from gradwright.check.battery import BatteryReport, Finding, check_layer, check_loss, check_penalty
from gradwright.check.complex_step import complex_step_derivative, complex_step_gradient
from gradwright.check.network import NetworkCheck, check_network
from gradwright.check.orders import fitted_order
from gradwright.check.taylor import TaylorRow, TaylorTest, taylor_test

__all__ = [
    "BatteryReport",
    "Finding",
    "NetworkCheck",
    "TaylorRow",
    "TaylorTest",
    "check_layer",
    "check_loss",
    "check_network",
    "check_penalty",
    "complex_step_derivative",
    "complex_step_gradient",
    "fitted_order",
    "taylor_test",
]
