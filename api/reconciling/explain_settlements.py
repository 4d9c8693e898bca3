"""What the lines of settlements are by rule: each open one that names what it is of, until a person takes it back."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from api.composition import OpenedBook
from api.exchange.command_stream import CommandStream, Group
from api.reconciling.settlement_lines import Explained, Sought, explained
from domain.commands import Command
from domain.commands.reconciliation import RaiseBreaks
from domain.commands.settlements import ClearedPart, ClearSettlementLines
from domain.handlers.breaks import FOUND_MAX
from domain.reconciliation_break import Found
from domain.settlement import TARGETS_MAX
from ledger.outcomes import Accepted, Submission
from ledger.writer import Answer
from projections.open_reconciliation import open_items
from projections.payouts import PayoutsSought, search_payouts
from projections.settlements import SettlementLineRow, find_settlements, open_lines, payments_explained

RULES = "reconciliation"
RULES_ACTOR = "reconciliation:rules"
RULE = "reference"


class Report(NamedTuple):
    """How many lines were explained, by rule, and where the rest contradicts the ledger."""

    cleared: int
    found: Sequence[Found]


def explain_settlements(book: OpenedBook, *, dry_run: bool = False) -> Report:
    """
    Say, by rule, what the open lines of all settlements are, and return what contradicts the ledger.

    What a person took back isn't said by rule again.

    Raises: LogCorrupt, and what the writer does.
    """
    planned = _planned(book)
    cleared: Counter[bool] = Counter()

    def heard(lines: int) -> Callable[[Sequence[Answer]], None]:
        def hear(answers: Sequence[Answer]) -> None:
            cleared[isinstance(answers[0], Accepted)] += lines

        return hear

    if dry_run:
        return Report(sum(each.lines for each in planned), [found for each in planned for found in each.found])
    stream = CommandStream(book.writer)
    for each in planned:
        for some in _in_turn(each.parts):
            lines = len({part.line for part in some})
            stream.send(Group([_clearing(each, some, book)], lines, heard(lines)))
    stream.drain()
    book.runner.catch_up()
    return Report(cleared[True], [found for each in planned for found in each.found])


def raise_all(book: OpenedBook, found: Sequence[Found]) -> None:
    """Say where settlements contradict the ledger; what is known already isn't said again."""
    stream = CommandStream(book.writer)
    for start in range(0, len(found), FOUND_MAX):
        some = tuple(found[start : start + FOUND_MAX])
        stream.send(Group([_by_rule(RaiseBreaks(found=some), book)], len(some), lambda _answers: None))
    stream.drain()


def _planned(book: OpenedBook) -> list[Explained]:
    with book.pool.connection() as connection:
        by_settlement: dict[str, list[SettlementLineRow]] = {}
        for line in open_lines(connection, book.name):
            by_settlement.setdefault(line.settlement, []).append(line)
        if not by_settlement:
            return []
        rows = find_settlements(connection, book.name, by_settlement)
        paid = {line.payment_reference for lines in by_settlement.values() for line in lines} - {""}
        sought = Sought(
            items=[item for item in open_items(connection, book.name) if item.account.startswith("clearing:")],
            payouts=search_payouts(connection, book.name, PayoutsSought(), stage="in-transit"),
            explained=frozenset(payments_explained(connection, book.name, paid)),
        )
    ordered = sorted(rows.values(), key=lambda row: row.recorded)
    return explained([(row, by_settlement[row.settlement]) for row in ordered], sought)


def _in_turn(parts: Sequence[ClearedPart]) -> Iterator[tuple[ClearedPart, ...]]:
    """Yield parts, some lines at a time, never some of a line."""
    by_line: dict[int, list[ClearedPart]] = {}
    for part in parts:
        by_line.setdefault(part.line, []).append(part)
    some: list[ClearedPart] = []
    for each in by_line.values():
        if some and len(some) + len(each) > TARGETS_MAX // 2:
            yield tuple(some)
            some = []
        some += each
    if some:
        yield tuple(some)


def _clearing(explained_: Explained, parts: tuple[ClearedPart, ...], book: OpenedBook) -> Submission:
    provider, _, settlement = explained_.settlement.settlement.partition("/")
    command = ClearSettlementLines(provider=provider, settlement=settlement, parts=parts, rule=RULE)
    return _by_rule(command, book)


def _by_rule(command: Command, book: OpenedBook) -> Submission:
    command_id = book.world.new_id()
    return Submission(command=command, command_id=command_id, principal=RULES, actor=RULES_ACTOR, role=RULES)
