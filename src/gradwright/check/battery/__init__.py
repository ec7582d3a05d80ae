"""What every layer, loss and penalty must be, as one list of properties that each is put through."""

from gradwright.check.battery.layers import layer_battery
from gradwright.check.battery.losses import check_loss
from gradwright.check.battery.penalties import check_penalty
from gradwright.check.battery.report import BatteryReport

__all__ = ["BatteryReport", "check_loss", "check_penalty", "layer_battery"]
