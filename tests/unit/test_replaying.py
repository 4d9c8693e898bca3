"""Replays: each event with its entry and the balances after it; the pace of a screen and its keys."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from rich.console import Console

from api.cli.keyboard import Key, keys_in
from api.cli.replaying import PER_SECOND_MAX, Pace, Screen
from domain.aggregate import Event
from domain.catalogue import type_of
from domain.envelope import Recorded, State
from domain.hold import HoldOpened, HoldPaymentReceived, HoldReleased
from domain.references import ReleaseId
from projections.replaying import Account, Moved, frames, normal_minor

OPENED = HoldOpened(buyer="BUY-1", exporter="EXP-1", currency="USD", steps=1)
PAID = HoldPaymentReceived(step=1, amount_minor=10_000, currency="USD", account="clearing:card")
RELEASED = HoldReleased(
    release=ReleaseId("release:PO-1/1"),
    exporter="EXP-1",
    currency="USD",
    gross_minor=10_000,
    fee_minor=250,
    tax_minor=45,
    net_minor=9_705,
)
HOLD, CLEARING = Account("hold", "USD"), Account("clearing", "USD")


def log(*events: Event) -> Iterator[Recorded]:
    """Yield events about the hold of PO-1 as a log has them, an hour apart."""
    for position, event in enumerate(events, start=1):
        at = datetime(2026, 11, 22, 8 + position, tzinfo=UTC)
        known = type_of(event)
        envelope = ("operator:first", "operator", "tests", f"command-{position}", b"", b"", "")
        state = State(known.schema, at, at, date(2026, 11, 22), *envelope, event)
        yield Recorded(position, "hold:PO-1", position, known.topic, state)


def test_each_event_comes_with_what_it_posts_and_the_balances_after_it() -> None:
    opened, paid, released = frames(log(OPENED, PAID, RELEASED), {HOLD: -500, CLEARING: 500})
    assert (opened.entry, opened.moved, opened.balances) == (None, (), {HOLD: -500, CLEARING: 500})
    assert paid.moved == (Moved("clearing", "USD", 10_000, 10_500), Moved("hold", "USD", 10_000, 10_500))
    assert released.moved == (
        Moved("hold", "USD", -10_000, 500),
        Moved("payable:exporter", "USD", 9_705, 9_705),
        Moved("income:service-fee", "USD", 250, 250),
        Moved("tax:gst-output", "USD", 45, 45),
    )
    assert sum(released.balances.values()) == 0
    assert released.entry is not None
    assert len(released.entry.postings) == 4


def test_a_chosen_account_moves_beside_its_control_account() -> None:
    *_, released = frames(
        log(PAID, RELEASED), {}, ["payable:exporter:EXP-1", "payable:exporter:EXP-2", "tax:gst-output"]
    )
    assert [each.account for each in released.moved] == [
        "hold",
        "payable:exporter",
        "payable:exporter:EXP-1",
        "income:service-fee",
        "tax:gst-output",
    ]
    assert released.balances[Account("payable:exporter:EXP-1", "USD")] == -9_705
    assert Account("payable:exporter:EXP-2", "USD") not in released.balances


def test_a_balance_stands_on_its_accounts_normal_side() -> None:
    assert normal_minor(HOLD, -500) == 500
    assert normal_minor(CLEARING, 500) == 500
    assert normal_minor(Account("payable:exporter:EXP-1", "USD"), 30) == -30


@pytest.mark.parametrize(
    ("pressed", "keys"),
    [
        (b" ", ["pause"]),
        (b"nn", ["step", "step"]),
        (b"\x1b[C\x1bOC", ["step", "step"]),
        (b"x\x1b[Dq", ["quit"]),
        (b"+-=", ["faster", "slower", "faster"]),
        (b"", []),
    ],
)
def test_bytes_of_a_terminal_are_keys(pressed: bytes, keys: list[Key]) -> None:
    assert list(keys_in(pressed)) == keys


def paced(per_second: int, *keys: Key) -> Pace:
    pace = Pace(per_second)
    for key in keys:
        pace.press(key)
    return pace


@pytest.mark.parametrize(
    ("pace", "due"),
    [
        (paced(1), 1),
        (paced(20), 1),
        (paced(400), 20),
        (paced(400, "pause"), 0),
        (paced(400, "pause", "pause"), 20),
        (paced(400, "step"), 1),
        (paced(400, "pause", "step", "step"), 2),
        (paced(400, "quit"), 0),
    ],
)
def test_as_many_events_are_due_as_the_pace_and_the_keys_say(pace: Pace, due: int) -> None:
    assert pace.due() == due


def test_a_step_is_taken_once_and_leaves_the_replay_standing() -> None:
    pace = paced(10, "step")
    assert [pace.due(), pace.due()] == [1, 0]
    assert pace.text == "paused"


def test_a_pace_between_the_screens_is_kept_on_average() -> None:
    pace = paced(50)
    assert [pace.due() for _ in range(4)] == [2, 3, 2, 3]


def test_a_pace_is_doubled_and_halved_within_its_bounds() -> None:
    assert paced(10, "faster", "faster", "slower").per_second == 20
    assert paced(1, "slower").per_second == 1
    assert paced(PER_SECOND_MAX, "faster").per_second == PER_SECOND_MAX
    assert (paced(2).wait_seconds, paced(4_000).wait_seconds) == (0.5, 0.05)


def test_a_screen_shows_where_it_is_what_passed_and_every_balance() -> None:
    screen = Screen("book main", first=1, last=3, opening={}, accounts=["payable:exporter:EXP-1"])
    for frame in frames(log(OPENED, PAID, RELEASED), {}, ["payable:exporter:EXP-1"]):
        screen.show(frame)
    console = Console(width=140, height=40, file=StringIO(), record=True)
    console.print(screen.drawn(paced(10, "pause"), width=140, height=40))
    shown = console.export_text()
    assert "Sun 2026-11-22 11:00   position 3 of 3   paused" in shown
    assert "hold.payment_received" in shown
    assert "entry at 3" in shown
    assert "Cr income:service-fee 2.50 USD" in shown
    cells = [[cell.strip() for cell in line.split("│")] for line in shown.splitlines()]
    balances = {name: balance for _, name, balance, *_ in (row for row in cells if len(row) == 4)}
    assert balances["payable:exporter"] == balances["payable:exporter:EXP-1"] == "97.05"
    assert balances["hold"] == "0.00"


def test_a_screen_without_events_can_be_drawn() -> None:
    screen = Screen("book main", first=1, last=0, opening={}, accounts=[])
    console = Console(width=80, height=24, file=StringIO(), record=True)
    console.print(screen.drawn(Pace(1), width=80, height=24))
    assert "position 0 of 0" in console.export_text()
