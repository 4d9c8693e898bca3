"""The verb that replays history: events pass on a screen that a person stops and steps, or line by line."""

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from api.cli.keyboard import Key, Keyboard, keyboard
from api.cli.terminal import AsJson, BookName, book_of, out
from api.composition import OpenedBook
from api.orders import OrderNotFound
from api.views import event_text, posting_text
from domain.accounts import CHART, control_of
from domain.journal import Posting
from domain.money import to_major
from projections.projection import POSITION_MAX
from projections.replaying import (
    Account,
    Balances,
    Frame,
    Moved,
    frames,
    log_between,
    normal_minor,
    opening_of_book,
    opening_of_order,
)
from projections.timelines import timeline_of

PER_SECOND_MAX = 4_096
SCREENS_A_SECOND = 20
"""As often a fast replay is drawn; what passes between isn't seen one by one."""

EVENTS_SHOWN_MIN, EVENTS_SHOWN_MAX = 3, 40
LINES_BESIDE = 12
"""Of a screen, beside its events and the lines of its balances."""
ACCOUNT_WIDTH, AMOUNT_WIDTH = 26, 16

KEYS_TEXT = "space pause · n or → step · + faster · - slower · q quit"

From = Annotated[int, typer.Option("--from", min=1, max=POSITION_MAX, help="The first position.")]
To = Annotated[int, typer.Option(min=1, max=POSITION_MAX, help="The last position.")]
Speed = Annotated[int, typer.Option(min=1, max=PER_SECOND_MAX, help="Events a second, on a terminal.")]
Accounts = Annotated[list[str] | None, typer.Option("--account", help="Watch it beside the control accounts; repeat.")]


class FrameView(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a replay as a line of JSON: the entry it posts, and the balances it changed, in minor units."""

    position: int
    occurred_at: datetime
    posting_date: date
    actor: str
    topic: str
    about: str
    postings: tuple[Posting, ...]
    balances: tuple[Moved, ...]


class Pace:
    """How a replay goes: so many events a second, or standing still but for steps, until it ends."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self.paused = False
        self.at_end = False
        self.ended = False
        self._steps = 0
        self._owed = 0

    def press(self, key: Key) -> None:
        """Do what a key stands for."""
        match key:
            case "pause":
                self.paused = not self.paused
            case "step":
                self.paused, self._steps = True, self._steps + 1
            case "quit":
                self.ended = True
            case "faster":
                self.per_second = min(PER_SECOND_MAX, self.per_second * 2)
            case "slower":
                self.per_second = max(1, self.per_second // 2)

    def due(self) -> int:
        """Return how many events pass now; steps are taken once."""
        if self.ended:
            return 0
        if self.paused:
            steps, self._steps = self._steps, 0
            return steps
        passing, self._owed = divmod(self._owed + self.per_second, self._screens_a_second)
        return passing

    @property
    def text(self) -> str:
        """Return how it goes, for people."""
        if self.at_end:
            return "at the end"
        return "paused" if self.paused else f"{self.per_second} events/s"

    @property
    def wait_seconds(self) -> float:
        """Return how long to wait for a key before the next events pass."""
        return 1 / self._screens_a_second

    @property
    def _screens_a_second(self) -> int:
        return min(self.per_second, SCREENS_A_SECOND)


class Screen:
    """What a replay looks like: where it is, the events that passed last, what the last one posted, all balances."""

    def __init__(self, title: str, *, first: int, last: int, opening: Balances, accounts: Sequence[str]) -> None:
        self._title = title
        self._first, self._last = first, last
        self._balances = opening
        self._accounts = accounts
        self._passed: deque[Frame] = deque(maxlen=EVENTS_SHOWN_MAX)

    def show(self, frame: Frame) -> None:
        """Let an event pass."""
        self._passed.append(frame)
        self._balances = frame.balances

    def drawn(self, pace: Pace, *, width: int, height: int) -> RenderableType:
        """Return the screen as it is now, for so many columns and lines: as many events and currencies as fit."""
        lines = max(EVENTS_SHOWN_MIN, height - LINES_BESIDE - len(list(self._names())))
        currencies = max(1, (width - ACCOUNT_WIDTH) // AMOUNT_WIDTH)
        return Group(self._head(pace), self._events(lines), self._entry(), self._table(currencies))

    @property
    def _position(self) -> int:
        return self._passed[-1].recorded.position if self._passed else self._first - 1

    def _head(self, pace: Pace) -> RenderableType:
        at = f"{self._passed[-1].recorded.state.occurred_at:%a %Y-%m-%d %H:%M}" if self._passed else "-"
        line = Text.assemble(
            (at, "bold"), f"   position {self._position:,} of {self._last:,}   ", (pace.text, "yellow")
        )
        total = max(1, self._last - self._first + 1)
        bar = ProgressBar(total=total, completed=self._position - self._first + 1)
        return Panel(Group(line, bar), title=self._title, title_align="left", subtitle=KEYS_TEXT)

    def _events(self, lines: int) -> RenderableType:
        table = Table(box=None, pad_edge=False, expand=True)
        for name, width in (("position", 9), ("occurred", 16), ("about", 18), ("event", 24)):
            table.add_column(name, width=width, no_wrap=True)
        table.add_column(ratio=1, no_wrap=True)
        shown = list(self._passed)[-lines:]
        for recorded, entry, *_ in shown:
            table.add_row(
                f"{recorded.position:>9}",
                f"{recorded.state.occurred_at:%Y-%m-%d %H:%M}",
                Text(recorded.originator_id),
                Text(recorded.topic, style="bold" if entry else ""),
                Text(event_text(recorded.event)),
            )
        for _ in range(min(lines, EVENTS_SHOWN_MAX) - len(shown)):
            table.add_row()
        return table

    def _entry(self) -> RenderableType:
        booked = next((frame for frame in reversed(self._passed) if frame.entry), None)
        if booked is None or booked.entry is None:
            return Panel("", title="entry", title_align="left")
        lines = Text(" · ".join(map(posting_text, booked.entry.postings)), no_wrap=True, overflow="ellipsis")
        return Panel(lines, title=f"entry at {booked.recorded.position}", title_align="left")

    def _table(self, currencies_max: int) -> RenderableType:
        currencies = self._currencies(currencies_max)
        moved = {(each.account, each.currency) for each in self._passed[-1].moved} if self._passed else set()
        table = Table(expand=True)
        table.add_column("account", no_wrap=True)
        for currency in currencies:
            table.add_column(currency, justify="right")
        for name in self._names():
            cells = [_cell(self._balances, Account(name, currency), moved) for currency in currencies]
            table.add_row(Text(name), *cells)
        return table

    def _currencies(self, currencies_max: int) -> list[str]:
        """Return those that fit, of those that moved last before the others."""
        moved = (each.currency for frame in reversed(self._passed) for each in frame.moved)
        there = sorted({account.currency for account in self._balances})
        return sorted(list(dict.fromkeys((*moved, *there)))[:currencies_max])

    def _names(self) -> Iterator[str]:
        posted = {account.name for account in self._balances}
        yield from (name for name in self._accounts if name not in CHART)
        yield from (name for name in CHART if name in posted)


def replay(
    from_position: From = 1,
    to: To = POSITION_MAX,
    speed: Speed = 10,
    account: Accounts = None,
    order: Annotated[str | None, typer.Option(help="Only this order's events and postings, by key.")] = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Step through history: events passing, what they post, and balances moving. Nothing is recorded."""
    accounts = tuple(dict.fromkeys(account or ()))
    for name in accounts:
        control_of(name)
    with book_of(book) as opened:
        last = min(to, opened.runner.catch_up())
        opening = _opening(opened, from_position, order, accounts)
        passing = _passing(opened, from_position, last, order, opening, accounts)
        if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            for frame in passing:
                _print(frame, as_json=as_json)
            return
        title = f"book {book}" + (f", order {order}" if order else "")
        screen = Screen(title, first=from_position, last=last, opening=opening, accounts=accounts)
        with keyboard() as keys, Live(console=out, screen=True, auto_refresh=False) as live:
            position = play(passing, screen, Pace(speed), keys, live)
        out.print(f"{title}: replayed up to position {position} of {last}")


def play(passing: Iterator[Frame], screen: Screen, pace: Pace, keys: Keyboard, live: Live) -> int:
    """Let events pass at a pace until the last or until somebody quits; return the position reached."""
    position = 0
    while not pace.ended:
        for _ in range(pace.due()):
            frame = next(passing, None)
            if frame is None:
                pace.paused = pace.at_end = True
                break
            screen.show(frame)
            position = frame.recorded.position
        size = live.console.size
        live.update(screen.drawn(pace, width=size.width, height=size.height), refresh=True)
        for key in keys.wait(pace.wait_seconds):
            pace.press(key)
    return position


def register(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(replay)


def _opening(book: OpenedBook, first: int, order: str | None, accounts: Sequence[str]) -> Balances:
    with book.pool.connection() as connection:
        if order is None:
            return opening_of_book(connection, book.name, before=first, accounts=accounts)
        return opening_of_order(connection, book.name, order, before=first, accounts=accounts)


def _passing(
    book: OpenedBook, first: int, last: int, order: str | None, opening: Balances, accounts: Sequence[str]
) -> Iterator[Frame]:
    if order is None:
        return frames(log_between(book.pool, book.name, from_position=first, to_position=last), opening, accounts)
    with book.pool.connection() as connection:
        events = timeline_of(connection, book.name, order)
    if not events:
        raise OrderNotFound(order=order)
    return frames((each for each in events if first <= each.position <= last), opening, accounts)


def _print(frame: Frame, *, as_json: bool) -> None:
    recorded = frame.recorded
    if as_json:
        view = FrameView(
            position=recorded.position,
            occurred_at=recorded.state.occurred_at,
            posting_date=recorded.state.posting_date,
            actor=recorded.state.actor,
            topic=recorded.topic,
            about=recorded.originator_id,
            postings=frame.entry.postings if frame.entry else (),
            balances=frame.moved,
        )
        sys.stdout.write(msgspec.json.encode(view).decode() + "\n")
        return
    at = f"{recorded.state.occurred_at:%Y-%m-%d %H:%M}"
    line = f"{recorded.position} {at} {recorded.topic} {recorded.originator_id}"
    sys.stdout.write("; ".join([line, *map(_moved_text, frame.moved)]) + "\n")


def _moved_text(moved: Moved) -> str:
    amount, balance = (to_major(minor, moved.currency) for minor in (moved.amount_minor, moved.balance_minor))
    sign = "+" if moved.amount_minor > 0 else ""
    return f"{moved.account} {sign}{amount} = {balance} {moved.currency}"


def _cell(balances: Balances, account: Account, moved: set[tuple[str, str]]) -> Text:
    if account not in balances:
        return Text("")
    shown = to_major(normal_minor(account, balances[account]), account.currency)
    return Text(shown, style="bold reverse" if account in moved else "")
