"""
The history of the European Central Bank's reference rates: a CSV file, as it is or in the ZIP file that it comes in.

A row for each day and a column for each currency: units of it for one euro, `N/A` where there is no rate. What can't be
read is told by line and reason, and the rest goes on. Each day is recorded by a command of its own whose id is made of
its content: a second time changes nothing, and a file that says otherwise than what is recorded is told, not taken.
"""

import csv
import hashlib
import re
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import ClassVar, NamedTuple
from zipfile import BadZipFile, ZipFile

import msgspec

from domain.commands import RecordRates
from domain.errors import Malformed
from domain.exchange_rate import RatesAlreadyRecorded
from domain.money import AmountUnreadable, read_decimal
from ledger.outcomes import Accepted, Outcome, Submission
from ledger.writer import Writer

SOURCE, BASE = "ECB", "EUR"
PRINCIPAL = "import:ecb"
WAITING_MAX = 1_000
"""So many days wait to be recorded at once."""

FILE_BYTES_MAX = 64_000_000
"""Unpacked: thirty times what 27 years come to."""

_ABSENT = frozenset({"", "N/A"})
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(eq=False, kw_only=True)
class RatesFileUnreadable(Malformed):
    """Not a history of reference rates: CSV with a first column Date, or one such file in a ZIP file."""

    code: ClassVar[str] = "rates.file_unreadable"
    problem: str


class DayRates(NamedTuple):
    """A line of the file, counted from 1: a day, and units of each currency for one euro."""

    line: int
    day: date
    rates: dict[str, str]

    @property
    def command_id(self) -> str:
        """Return the id of the day's command: another for another content."""
        said = hashlib.sha256(msgspec.json.encode(self.rates, order="sorted")).hexdigest()
        return f"{self.day}#{said[:32]}"


class LineProblem(msgspec.Struct, frozen=True):
    """What of a line can't be read, and why."""

    line: int
    reason: str


class RatesRead(msgspec.Struct, frozen=True):
    """What a file says: its days, the first first, and what can't be read."""

    days: tuple[DayRates, ...]
    problems: tuple[LineProblem, ...]


class RatesImported(msgspec.Struct, frozen=True, kw_only=True):
    """
    What came of an import.

    recorded: days that are new; unchanged: days that were recorded the same before; differing: days that are recorded
    otherwise, to be corrected by a person; refused: by day, the code of any other refusal.
    """

    days: int
    recorded: int
    unchanged: int
    differing: tuple[date, ...]
    refused: dict[str, str]
    problems: tuple[LineProblem, ...]

    @property
    def is_whole(self) -> bool:
        """Return whether all that was asked for is recorded as the file has it."""
        return not (self.differing or self.refused or self.problems)


def read_history(content: bytes, *, first: date | None = None, last: date | None = None) -> RatesRead:
    """
    Read a file. first, last: of the days that are wanted, both included; all of them if not given.

    Raises: RatesFileUnreadable.
    """
    rows = csv.reader(StringIO(_text(content), newline=""))
    head = [cell.strip() for cell in next(rows, [])]
    if head[:1] != ["Date"] or not all(_CURRENCY.fullmatch(name) for name in head[1:] if name):
        raise RatesFileUnreadable(problem="the first line isn't Date and currencies")
    days: dict[date, DayRates] = {}
    problems: list[LineProblem] = []
    for line, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        read = _day(line, head, [cell.strip() for cell in cells], problems)
        if read is None or (first and read.day < first) or (last and read.day > last):
            continue
        if read.day in days:
            problems.append(LineProblem(line, f"{read.day} stands in line {days[read.day].line} already"))
            continue
        days[read.day] = read
    return RatesRead(tuple(days[day] for day in sorted(days)), tuple(problems))


def import_history(
    read: RatesRead,
    writer: Writer,
    *,
    actor: str,
    role: str,
    recorded_as: Callable[[date], dict[str, str]],
    progress: Callable[[int], None] = lambda _: None,
) -> RatesImported:
    """
    Record every day that was read. recorded_as: returns the rates that are recorded of a day.

    Raises: what `Writer.submit` does.
    """
    tally = _Tally(recorded_as)
    waiting: deque[tuple[DayRates, Future[Outcome]]] = deque()
    for done, day in enumerate(read.days, start=1):
        waiting.append((day, writer.submit(_submission(day, actor=actor, role=role))))
        if len(waiting) >= WAITING_MAX:
            tally.count(*waiting.popleft())
        progress(done - len(waiting))
    while waiting:
        tally.count(*waiting.popleft())
        progress(len(read.days) - len(waiting))
    return RatesImported(
        days=len(read.days),
        recorded=tally.recorded,
        unchanged=tally.unchanged,
        differing=tuple(tally.differing),
        refused=tally.refused,
        problems=read.problems,
    )


class _Tally:
    """What became of the days so far."""

    def __init__(self, recorded_as: Callable[[date], dict[str, str]]) -> None:
        self.recorded = self.unchanged = 0
        self.differing: list[date] = []
        self.refused: dict[str, str] = {}
        self._recorded_as = recorded_as

    def count(self, day: DayRates, answer: Future[Outcome]) -> None:
        """Wait for a day's outcome and count it."""
        outcome = answer.result()
        if isinstance(outcome, Accepted):
            self.recorded += not outcome.repeated
            self.unchanged += outcome.repeated
        elif outcome.code != RatesAlreadyRecorded.code:
            self.refused[day.day.isoformat()] = outcome.code
        elif self._recorded_as(day.day) == day.rates:
            self.unchanged += 1
        else:
            self.differing.append(day.day)


def _submission(day: DayRates, *, actor: str, role: str) -> Submission:
    command = RecordRates(source=SOURCE, day=day.day, base=BASE, rates=day.rates)
    return Submission(command=command, command_id=day.command_id, principal=PRINCIPAL, actor=actor, role=role)


def _text(content: bytes) -> str:
    if content.startswith(b"PK"):
        content = _unpacked(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RatesFileUnreadable(problem=str(error)) from None


def _unpacked(content: bytes) -> bytes:
    try:
        with ZipFile(BytesIO(content)) as archive:
            inside = [each for each in archive.infolist() if each.filename.endswith(".csv")]
            if len(inside) != 1 or inside[0].file_size > FILE_BYTES_MAX:
                raise RatesFileUnreadable(problem="not one CSV file of a fitting size in it")
            with archive.open(inside[0]) as unpacked:
                return unpacked.read(FILE_BYTES_MAX)
    except (BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise RatesFileUnreadable(problem=str(error)) from None


def _day(line: int, head: list[str], cells: list[str], problems: list[LineProblem]) -> DayRates | None:
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        problems.append(LineProblem(line, f"not a day: {cells[0][:40]}"))
        return None
    rates: dict[str, str] = {}
    for currency, rate in zip(head[1:], cells[1:], strict=False):
        if not currency or rate in _ABSENT:
            continue
        if _is_rate(rate):
            rates[currency] = rate
        else:
            problems.append(LineProblem(line, f"not a rate of {currency}: {rate[:40]}"))
    if len(cells) > len(head) and any(cells[len(head) :]):
        problems.append(LineProblem(line, "more cells than the first line"))
    return DayRates(line, day, dict(sorted(rates.items()))) if rates else None


def _is_rate(text: str) -> bool:
    try:
        return read_decimal(text) > 0
    except AmountUnreadable:
        return False
