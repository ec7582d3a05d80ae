"""Is this gradient right? The verdict on any function, and the proofs of gradwright's own layers."""

from typing import TYPE_CHECKING

from gradwright.ondemand import names_on_demand

if TYPE_CHECKING:
    from gradwright.check.assertion import assert_gradient, assert_module, assert_pair
    from gradwright.check.battery import BatteryReport, check_loss, check_penalty
    from gradwright.check.complex_step import complex_step_derivative, complex_step_gradient
    from gradwright.check.findings import Finding
    from gradwright.check.invariants import (
        InvariantReport,
        check_invariants,
        check_logits,
        check_rows,
        leaves_alone,
    )
    from gradwright.check.jacobian import check_jacobian, check_jacobian_matrix, check_jvp
    from gradwright.check.layers import check_layer
    from gradwright.check.network import NetworkCheck, check_network
    from gradwright.check.pairs import check_pair
    from gradwright.check.present.report import GradientReport
    from gradwright.check.verdict.gradient import check_gradient
    from gradwright.check.verdict.orders import fitted_order
else:
    __getattr__, __dir__ = names_on_demand(
        __name__,
        "findings",
        "invariants",
        "complex_step",
        "verdict.orders",
        "verdict.gradient",
        "present.report",
        "jacobian",
        "battery",
        "network",
        "pairs",
        "layers",
        "assertion",
    )

__all__ = [
    "BatteryReport",
    "Finding",
    "GradientReport",
    "InvariantReport",
    "NetworkCheck",
    "assert_gradient",
    "assert_module",
    "assert_pair",
    "check_gradient",
    "check_invariants",
    "check_jacobian",
    "check_jacobian_matrix",
    "check_jvp",
    "check_layer",
    "check_logits",
    "check_loss",
    "check_network",
    "check_pair",
    "check_penalty",
    "check_rows",
    "complex_step_derivative",
    "complex_step_gradient",
    "fitted_order",
    "leaves_alone",
]
