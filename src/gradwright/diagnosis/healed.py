"""The healed config as a file: TOML that ``gradwright train`` takes, with a comment at each change."""

from __future__ import annotations

import re

from gradwright.diagnosis.changes import Change, in_words
from gradwright.diagnosis.report import Diagnosis
from gradwright.errors import ConfigError
from gradwright.printable import printable
from gradwright.training import config_to_toml

# edits of the data that no setting of a config stands for, and what to do in their place
BY_HAND = {
    "data.target": "give the targets as labels, whole numbers or texts: a config cannot make them of floats",
    "data.validation": "scale the validation rows as the training rows are: a config cannot do that",
}


def healed_toml(found: Diagnosis) -> str:
    """The config that cures, as text.

    Raises ``ConfigError`` where nothing was proven to help.
    """
    cure = found.cure
    if cure is None:
        raise ConfigError(
            f"{found.name}: there is no cure to write: nothing that was tried was proven to help"
        )
    head = [
        f"The config of {found.name!r}, healed: {cure.effect}.",
        *(f"{cause}" for cause in found.causes if cause.proven),
        *(f"{change}: {BY_HAND[change.setting]}." for change in cure.changes if change.setting in BY_HAND),
    ]
    unsaid = cure.config.data is None
    head += [
        f"{each}: in the call, as the data came from one."
        for each in cure.changes
        if unsaid and _of_data(each)
    ]
    text = config_to_toml(cure.config)
    for change in cure.changes:
        text = _commented(text, change)
    return "".join(f"# {printable(line)}\n" for line in head) + "\n" + text


def _of_data(change: Change) -> bool:
    return change.setting.startswith("data.") and change.setting not in BY_HAND


def _commented(text: str, change: Change) -> str:
    """The text with a line above the setting that says what it was."""
    table, _, key = change.setting.partition(".")
    place = rf"^{key} = " if table == "data" else rf"^(\[+{table}[\].]|{table} = )"
    where = re.search(place, text, re.MULTILINE)
    if where is None:  # a setting that is off has no line
        return f"# {change.setting}: none, was {printable(in_words(change.before))}\n{text}"
    comment = f"# {change.setting}: was {printable(in_words(change.before))}\n"
    return text[: where.start()] + comment + text[where.start() :]
