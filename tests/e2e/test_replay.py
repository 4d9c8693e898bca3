"""History replayed: a line for each event for programs and pipes, a screen with keys for a person at a terminal."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import termios
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.pool import open_pool
from tests.books import Book, whole_trade
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Ran, Run

PATIENCE_SECONDS = 60


class Told(Ran):
    """How a replay ended, and what it said."""

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="module")
def dsn(shared_database: str) -> str:
    """Return a database with a book of two trades, the second for twice as much, that all tests of this file read."""
    with open_pool(shared_database, connections_max=4) as pool, Book.opened(pool) as book:
        for command in (*whole_trade("PO-1"), *whole_trade("PO-2", amount_minor=20_000)):
            book.say(command)
    return shared_database


@pytest.fixture
def surroundings(dsn: str, tmp_path: Path) -> dict[str, str]:
    return os.environ | {"LEDGER_DATABASE_URL": dsn, "LEDGER_HOME": str(tmp_path), "TERM": "xterm-256color"}


Tell = Callable[..., Told]


@pytest.fixture
def told(trade_ledger: Run) -> Tell:
    """Return `trade-ledger replay`, run in this process, whose output is no terminal."""

    def run(*arguments: str) -> Told:
        return Told(*trade_ledger("replay", *arguments))

    return run


def test_programs_read_a_line_for_each_event_with_the_balances_that_it_changed(told: Tell) -> None:
    replayed = told("--json")
    frames = replayed.frames
    assert [frame["position"] for frame in frames] == list(range(1, len(frames) + 1))
    moved: Counter[str] = Counter()
    for frame in frames:
        assert sum(posting["amount_minor"] for posting in frame["postings"]) == 0
        for each in frame["balances"]:
            moved[each["account"]] += each["amount_minor"]
            assert each["balance_minor"] == moved[each["account"]]
    assert moved == {
        "clearing": 30_000,
        "hold": 0,
        "payable:exporter": 29_115,
        "income:service-fee": 750,
        "tax:gst-output": 135,
    }


def test_a_part_begins_with_the_balances_that_stood_before_it(told: Tell) -> None:
    whole = told("--json").frames
    first = whole[len(whole) // 2]["position"]
    part = told("--json", "--from", str(first), "--to", str(len(whole) - 1)).frames
    assert part == whole[first - 1 : -1]


def test_one_order_is_replayed_with_its_own_postings(told: Tell) -> None:
    frames = told("--order", "PO-2", "--account", "hold:PO-2", "--json").frames
    assert {frame["about"].partition(":")[2] for frame in frames} == {"PO-2"}
    holds = [
        (each["account"], each["balance_minor"])
        for frame in frames
        for each in frame["balances"]
        if each["account"].startswith("hold")
    ]
    assert holds == [("hold", 20_000), ("hold:PO-2", 20_000), ("hold", 0), ("hold:PO-2", 0)]
    released = next(frame["position"] for frame in frames if frame["topic"] == "hold.released")
    from_there = told("--order", "PO-2", "--account", "hold:PO-2", "--from", str(released), "--json")
    assert from_there.frames == [frame for frame in frames if frame["position"] >= released]


def test_a_pipe_gets_lines_that_people_read(told: Tell) -> None:
    lines = told().out.splitlines()
    paid = next(line for line in lines if "hold.payment_received hold:PO-2" in line)
    assert paid.endswith("; clearing +200.00 = 300.00 USD; hold +200.00 = 200.00 USD")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--order", "PO-9"), REFUSED),
        (("--account", "nonsense:X"), WRONG_USAGE),
        (("--speed", "0"), WRONG_USAGE),
        (("--book", "none"), REFUSED),
    ],
)
def test_what_cannot_be_replayed_is_refused(told: Tell, arguments: tuple[str, ...], status: int) -> None:
    assert told(*arguments).status == status


class Terminal:
    """The program at a terminal of its own, as a person sees and presses it."""

    def __init__(self, surroundings: dict[str, str], *arguments: str) -> None:
        self.person, self.program = pty.openpty()
        termios.tcsetwinsize(self.program, (40, 140))
        self.before = termios.tcgetattr(self.program)
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("trade-ledger"), "replay", *arguments],
            env=surroundings,
            stdin=self.program,
            stdout=self.program,
            stderr=self.program,
            start_new_session=True,
        )

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of what is drawn from now on."""
        drawn, seen = b"", ""
        while not (found := re.search(pattern, seen)):
            ready, _, _ = select.select([self.person], [], [], PATIENCE_SECONDS)
            assert ready, f"{pattern} isn't drawn: {seen[-2_000:]}"
            drawn += os.read(self.person, 65_536)
            seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode(errors="replace"))
        return found

    def press(self, keys: bytes) -> None:
        os.write(self.person, keys)

    def end(self) -> int:
        """Wait for the end of the program, reading on meanwhile, and return its status."""
        while self.process.poll() is None:
            if select.select([self.person], [], [], 0.05)[0]:
                os.read(self.person, 65_536)
        return self.process.returncode

    @property
    def is_as_before(self) -> bool:
        return termios.tcgetattr(self.program) == self.before


@pytest.fixture
def terminal(surroundings: dict[str, str]) -> Iterator[Terminal]:
    """Start a replay at one event a second."""
    started = Terminal(surroundings, "--speed", "1")
    yield started
    started.process.kill()
    started.process.wait()
    os.close(started.person)
    os.close(started.program)


def test_a_person_stops_steps_speeds_up_and_quits(terminal: Terminal) -> None:
    terminal.wait_for(r"position \d+ of")
    terminal.press(b" ")
    terminal.wait_for("paused")
    terminal.press(b"n")
    stood = int(terminal.wait_for(r"position (\d+) of (\d+)   paused")[1])
    terminal.press(b"\x1b[C")
    terminal.wait_for(rf"position {stood + 1} of")
    assert not terminal.is_as_before
    terminal.press(b" ++++++++++")
    last = terminal.wait_for(r"position (\d+) of (\d+)   at the end")
    assert last[1] == last[2]
    terminal.press(b"q")
    assert terminal.end() == DONE
    assert terminal.is_as_before


def test_a_terminal_is_put_back_when_the_replay_is_ended_from_outside(terminal: Terminal) -> None:
    terminal.wait_for(r"position \d+ of")
    terminal.process.terminate()
    assert terminal.end() == 143
    assert terminal.is_as_before
