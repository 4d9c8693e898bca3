"""
A reconciliation run: what is open on both sides, matched by rule, the rest said as breaks, with what it may be.

What a person undid isn't matched by rule again: it stays a break. A second run without news changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from api.composition import OpenedBook
from api.exchange.command_stream import CommandStream, Group
from api.reconciling.explain_settlements import explain_settlements
from api.reconciling.open_sides import Sides, read_sides
from api.reconciling.plan import Plan, PlannedMatch, plan_of
from domain.break_events import Candidate
from domain.commands import Command
from domain.commands.reconciliation import MatchBankEntries, RaiseBreaks, ResolveBreak
from domain.handlers.break_moves import UNPAID
from domain.handlers.breaks import FOUND_MAX
from domain.matching import Policy, match
from domain.reconciliation_break import Found, break_id
from domain.references import bank_entry_id, key_of, kind_of
from ledger.outcomes import Accepted, Rejected, Submission
from ledger.writer import Answer
from projections.breaks import BreakRow, BreaksSought, search_breaks
from projections.open_reconciliation import find_matches
from projections.payouts import PayoutsSought, search_payouts

PRINCIPAL = "reconciliation"
ACTOR = "reconciliation:rules"
ROLE = "reconciliation"
STANDARD = Policy()


class ReconciliationReport(Struct, frozen=True, kw_only=True):
    """
    What a run came to.

    entries, items: how many were open on either side; matched: lines that were matched, by rule; undone: that a rule
    would match, as a person undid before; refused: that the ledger didn't take; breaks: open differences, by kind;
    raised, reclassified, resolved: of these, what this run said anew; awaited: items whose bank hasn't spoken yet;
    settlement_lines: lines of providers' settlements that are explained now.
    """

    entries: int
    items: int
    matched: dict[str, int]
    undone: int
    refused: int
    breaks: dict[str, int]
    raised: int
    reclassified: int
    resolved: int
    awaited: int
    settlement_lines: int = 0
    dry_run: bool = False


class Running(NamedTuple):
    """In which book; progress: is told at which stage how much of how much is done."""

    book: OpenedBook
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _total: None


def reconcile(
    running: Running, *, bank_account: str | None = None, policy: Policy = STANDARD, dry_run: bool = False
) -> ReconciliationReport:
    """
    Match what is open and say what isn't explained; bank_account: of which lines alone are looked at.

    Raises: LogCorrupt, and what the writer does.
    """
    running.book.runner.catch_up()
    providers = explain_settlements(running.book, dry_run=dry_run)
    sides = read_sides(running.book, bank_account=bank_account)
    as_of = max(sides.told_until.values(), default=None)
    running.progress("matching", 0, len(sides.entries))
    expected = sides.expected if as_of else []
    matching = match(sides.entries, expected, policy, settled=sides.settled, as_of=as_of)
    running.progress("matching", len(sides.entries), len(sides.entries))
    plan = plan_of(matching, sides, policy)
    if bank_account:
        plan = plan._replace(found=[each for each in plan.found if each.bank_account == bank_account])
    plan = plan._replace(found=[*plan.found, *providers.found])
    return replace(_Run(running, sides, dry_run=dry_run).do(plan), settlement_lines=providers.cleared)


class _Run:
    def __init__(self, running: Running, sides: Sides, *, dry_run: bool) -> None:
        self._book = running.book
        self._progress = running.progress
        self._sides = sides
        self._dry_run = dry_run
        self._matched: Counter[str] = Counter()
        self._refused: list[tuple[PlannedMatch, str]] = []

    def do(self, plan: Plan) -> ReconciliationReport:
        matches, undone = self._not_undone(plan.matches)
        if self._dry_run:
            for each in matches:
                self._matched[each.command.rule] += len(each.command.entries)
        else:
            self._make(matches)
        found = [*plan.found, *self._left(undone, "a person undid what a rule would match again")]
        for planned, code in self._refused:
            found += self._left([planned], f"a rule matches it, but the ledger refuses: {code}")
        raised, reclassified = self._say(found)
        resolved = self._resolve()
        return ReconciliationReport(
            entries=len(self._sides.entries),
            items=len(self._sides.expected),
            matched=dict(sorted(self._matched.items())),
            undone=len(undone),
            refused=len(self._refused),
            breaks=dict(sorted(self._open_by_kind(found).items())),
            raised=raised,
            reclassified=reclassified,
            resolved=resolved,
            awaited=plan.awaited,
            dry_run=self._dry_run,
        )

    def _not_undone(self, planned: Sequence[PlannedMatch]) -> tuple[list[PlannedMatch], list[PlannedMatch]]:
        with self._book.pool.connection() as connection:
            known = find_matches(connection, self._book.name, [each.command.match for each in planned])
        fresh = [each for each in planned if each.command.match not in known]
        return fresh, [each for each in planned if each.command.match in known]

    def _make(self, planned: Sequence[PlannedMatch]) -> None:
        stream = CommandStream(self._book.writer)
        total = len(planned)
        for number, each in enumerate(planned, start=1):
            stream.send(
                Group(
                    [self._submission(each.command, f"match-{each.command.match}", booked_on=each)],
                    len(each.command.entries),
                    self._hear(each, number, total),
                )
            )
        stream.drain()
        self._book.runner.catch_up()

    def _hear(self, planned: PlannedMatch, number: int, total: int) -> Callable[[Sequence[Answer]], None]:
        def hear(answers: Sequence[Answer]) -> None:
            (answer,) = answers
            if isinstance(answer, Accepted):
                self._matched[planned.command.rule] += len(planned.command.entries)
            else:
                self._refused.append((planned, _code_of(answer)))
            self._progress("recording", number, total)

        return hear

    def _left(self, planned: Iterable[PlannedMatch], why: str) -> list[Found]:
        return [found for each in planned for found in self._left_of(each.command, why)]

    def _left_of(self, command: MatchBankEntries, why: str) -> Iterable[Found]:
        for said in command.entries:
            row = self._sides.rows[said.entry]
            items = tuple(target.item for target in said.targets if target.item)[:20]
            candidates = (Candidate(items=items, score=1_000, reason=command.reason),) if items else ()
            yield Found(
                subject=bank_entry_id(said.entry),
                kind="ambiguous",
                currency=row.currency,
                amount_minor=row.amount_minor,
                bank_account=row.bank_account,
                since=row.booking_date,
                candidates=candidates,
                reason=why[:300],
            )

    def _say(self, found: Sequence[Found]) -> tuple[int, int]:
        """Say what isn't known, or known otherwise; return how many were raised, and how many changed."""
        before = self._open_breaks()
        news = [each for each in found if not _is_known(each, before.get(key_of(break_id(each.subject))))]
        changed = [each for each in news if key_of(break_id(each.subject)) in before]
        if not self._dry_run:
            parts = [news[start : start + FOUND_MAX] for start in range(0, len(news), FOUND_MAX)]
            held_up = self._raise(parts)
            self._raise([[each] for part in held_up for each in part])
            self._book.runner.catch_up()
        return len(news) - len(changed), len(changed)

    def _raise(self, parts: Sequence[Sequence[Found]]) -> list[Sequence[Found]]:
        """Say differences, some at a time; return those that one among them held up, as it was settled meanwhile."""
        held_up: list[Sequence[Found]] = []

        def heard(part: Sequence[Found]) -> Callable[[Sequence[Answer]], None]:
            def hear(answers: Sequence[Answer]) -> None:
                if not isinstance(answers[0], Accepted):
                    held_up.append(part)

            return hear

        stream = CommandStream(self._book.writer)
        for part in parts:
            stream.send(Group([self._raising(part)], len(part), heard(part)))
        stream.drain()
        return held_up

    def _raising(self, some: Sequence[Found]) -> Submission:
        return self._submission(RaiseBreaks(found=tuple(some)), self._book.world.new_id())

    def _resolve(self) -> int:
        """Close breaks about payouts that their bank has rejected meanwhile; return how many."""
        about = {key_of(row.subject): row for row in self._open_breaks().values() if kind_of(row.subject) == "payout"}
        if not about:
            return 0
        with self._book.pool.connection() as connection:
            payouts = search_payouts(connection, self._book.name, PayoutsSought(keys=sorted(about)))
        over = [about[row.payout] for row in payouts if row.status not in UNPAID]
        if not self._dry_run:
            stream = CommandStream(self._book.writer)
            for row in over:
                command = ResolveBreak(break_key=row.break_key)
                stream.send(Group([self._submission(command, self._book.world.new_id())], 1, lambda _answers: None))
            stream.drain()
            self._book.runner.catch_up()
        return len(over)

    def _open_breaks(self) -> Mapping[str, BreakRow]:
        with self._book.pool.connection() as connection:
            return {row.break_key: row for row in search_breaks(connection, self._book.name, BreaksSought())}

    def _open_by_kind(self, found: Sequence[Found]) -> Counter[str]:
        if self._dry_run:
            return Counter(str(each.kind) for each in found)
        return Counter(str(row.kind) for row in self._open_breaks().values())

    def _submission(self, command: Command, command_id: str, *, booked_on: PlannedMatch | None = None) -> Submission:
        submission = Submission(command=command, command_id=command_id, principal=PRINCIPAL, actor=ACTOR, role=ROLE)
        if booked_on is None:
            return submission
        noon = datetime.combine(booked_on.booked_on, time(12), UTC)
        return replace(submission, occurred_at=noon if noon <= self._book.world.clock() else None)


def _is_known(found: Found, before: BreakRow | None) -> bool:
    if before is None:
        return False
    known = (before.kind, before.amount_minor, before.reason, before.candidates)
    return known == (found.kind, found.amount_minor, found.reason, _json(found.candidates))


def _json(candidates: Sequence[Candidate]) -> str:
    return msgspec.json.encode(candidates).decode()


def _code_of(answer: Answer) -> str:
    if isinstance(answer, Rejected):
        return answer.code
    return str(getattr(answer, "code", type(answer).__name__))
