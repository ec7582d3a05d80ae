"""The filter of system calls, interpreted as the kernel would, for both architectures."""

from __future__ import annotations

import pytest

from gradwright.grading.seccomp import (
    ALLOWED,
    ARCHITECTURES,
    CALLS,
    EQUAL,
    FCNTL,
    FORBIDDEN,
    IOCTL,
    LOAD,
    PRLIMIT,
    TGKILL,
    program,
)

PID = 4321
RECORD = 16 + 6 * 8  # bytes of a call: its number, architecture and place, and six arguments


def answer(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter of a machine says of a call."""
    column, own = ARCHITECTURES[machine]
    record = bytearray(RECORD)
    record[0:4] = number.to_bytes(4, "little")
    record[4:8] = (own if architecture is None else architecture).to_bytes(4, "little")
    for i, argument in enumerate(arguments):
        record[16 + 8 * i : 24 + 8 * i] = argument.to_bytes(8, "little")
    steps = program(column, own, PID)
    loaded, at = 0, 0
    while True:
        code, if_so, if_not, value = steps[at]
        at += 1
        if code == LOAD:
            loaded = int.from_bytes(record[value : value + 4], "little")
        elif code == EQUAL:
            at += if_so if loaded == value else if_not
        else:
            return value


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_calls_of_the_table_pass_and_no_others(machine: str) -> None:
    column, _ = ARCHITECTURES[machine]
    known = {numbers[column] for numbers in CALLS.values()}
    by_argument = {IOCTL[column], FCNTL[column], TGKILL[column], PRLIMIT[column]}
    assert not known & by_argument
    for number in set(range(1000)) - by_argument:
        assert answer(machine, number) == (ALLOWED if number in known else FORBIDDEN)


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_four_calls_pass_by_what_they_ask(machine: str) -> None:
    column, _ = ARCHITECTURES[machine]
    cases = [
        (TGKILL[column], (PID, PID, 6), (PID + 1, PID, 6)),
        (FCNTL[column], (1, 3, 0), (1, 8, PID)),
        (IOCTL[column], (1, 0x5401, 0), (1, 0x5412, 0)),
        (PRLIMIT[column], (0, 7, 0, 1), (0, 7, 1, 0)),
        (PRLIMIT[column], (0, 7, 0), (0, 7, 1 << 32)),
    ]
    for number, passes, fails in cases:
        assert answer(machine, number, *passes) == ALLOWED
        assert answer(machine, number, *fails) == FORBIDDEN


def test_calls_of_another_architecture_are_forbidden() -> None:
    read, i386, for_32_bit_pointers = 0, 0x4000_0003, 0x4000_0000
    assert answer("x86_64", read) == ALLOWED
    assert answer("x86_64", read, architecture=i386) == FORBIDDEN
    assert answer("x86_64", for_32_bit_pointers + read) == FORBIDDEN
