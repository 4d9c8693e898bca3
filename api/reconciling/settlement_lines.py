"""
What the lines of payment providers' settlements are: postings on the provider's account, or payouts that it paid.

A line is what has its reference and its amount. Several lines of one order are what several postings of it come to.
What contradicts the ledger is a difference of a kind.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from domain.break_events import BreakKind, Candidate
from domain.commands.settlements import ClearedPart
from domain.reconciliation_break import CANDIDATES_MAX, Found
from domain.references import key_of, kind_of, order_about, payout_id, settlement_line_id
from domain.settlement import DIFFERENCE
from projections.payouts import PayoutRow
from projections.reconciliation_rows import OpenItemRow
from projections.settlements import SettlementLineRow, SettlementRow

_OF_ORDERS = frozenset({"hold", "dispute", "guarantee"})
_SCORE = 500


class Sought(NamedTuple):
    """What lines may be: open postings, payouts on their way, and payments, by kind, that another line was already."""

    items: Sequence[OpenItemRow]
    payouts: Sequence[PayoutRow]
    explained: frozenset[tuple[str, str]]


class Explained(NamedTuple):
    """What the lines of one settlement are, and where they contradict the ledger."""

    settlement: SettlementRow
    parts: Sequence[ClearedPart]
    found: Sequence[Found]

    @property
    def lines(self) -> int:
        """Return how many lines are explained."""
        return len({part.line for part in self.parts})


def explained(
    settlements: Iterable[tuple[SettlementRow, Sequence[SettlementLineRow]]], sought: Sought
) -> list[Explained]:
    """Return what the open lines of settlements are, in their order: what one line is, no other is."""
    ledger = _Ledger(sought)
    return [_Settlement(settlement, ledger).explain(lines) for settlement, lines in settlements]


class _Ledger:
    """What is left of what lines may be."""

    def __init__(self, sought: Sought) -> None:
        self.left = {item.item: item.open_minor for item in sought.items}
        self.payouts = {each.payout: each.debited_minor - each.amount_minor for each in sought.payouts}
        self.payout_currency = {each.payout: each.currency for each in sought.payouts}
        self.explained = sought.explained
        self._named: dict[str, list[OpenItemRow]] = defaultdict(list)
        for item in sorted(sought.items, key=lambda each: each.posted):
            for name in {_about(item), item.reference} - {""}:
                self._named[name].append(item)

    def named(self, *names: str) -> list[OpenItemRow]:
        """Return what is left of postings that are called so, the first posted first."""
        found = {item.item: item for name in names if name for item in self._named.get(name, ())}
        return [item for item in found.values() if self.left[item.item]]


class _Settlement:
    """One settlement on its way."""

    def __init__(self, settlement: SettlementRow, ledger: _Ledger) -> None:
        self._row = settlement
        self._ledger = ledger
        self._parts: list[ClearedPart] = []
        self._found: list[Found] = []

    def explain(self, lines: Sequence[SettlementLineRow]) -> Explained:
        """Explain open lines: those with an item of their own first, then those of an order together."""
        left = [line for line in lines if not (line.number == DIFFERENCE or line.was_reopened or self._is_one(line))]
        groups: dict[tuple[str, bool], list[SettlementLineRow]] = defaultdict(list)
        for line in left:
            groups[line.reference or line.payment_reference, line.to_explain_minor > 0].append(line)
        for group in groups.values():
            if not self._are_together(group):
                self._found += [self._differs(line) for line in group]
        for line in lines:
            if line.number == DIFFERENCE:
                self._found.append(self._found_as(line, "amount", "the lines don't come to what is paid out"))
            elif line.was_reopened:
                self._found.append(self._found_as(line, "ambiguous", "a person took back what it was said to be"))
        return Explained(self._row, self._parts, self._found)

    def _is_one(self, line: SettlementLineRow) -> bool:
        """Clear a line that is one posting, or one payout, of its amount; return whether it is."""
        minor = line.to_explain_minor
        for name in (line.payment_reference, line.reference):
            for item in self._fit(line, name):
                if self._ledger.left[item.item] == minor:
                    self._clear(line.number, item, minor)
                    return True
            if name and self._owed(name) == minor:
                self._ledger.payouts[name] = 0
                self._parts.append(ClearedPart(line=line.number, item=payout_id(name), amount_minor=minor))
                return True
        return False

    def _owed(self, payout: str) -> int:
        """Return what of a payout its bank hasn't paid, below zero, or nothing."""
        is_ours = self._ledger.payout_currency.get(payout) == self._row.currency
        return self._ledger.payouts[payout] if is_ours else 0

    def _are_together(self, lines: Sequence[SettlementLineRow]) -> bool:
        """Clear lines of one order that come to what is left of its postings; return whether they do."""
        items = self._fit(lines[0], lines[0].reference)
        due_minor = sum(self._ledger.left[item.item] for item in items)
        if not items or due_minor != sum(line.to_explain_minor for line in lines):
            return False
        for line in lines:
            minor = line.to_explain_minor
            for item in items:
                part_minor = min(minor, self._ledger.left[item.item], key=abs)
                if part_minor:
                    self._clear(line.number, item, part_minor)
                    minor -= part_minor
        return True

    def _fit(self, line: SettlementLineRow, *names: str) -> list[OpenItemRow]:
        """Return postings that a line may be: on the provider's account, the same way round, of the same period."""
        return [item for item in self._same_way(line, *names) if not self._is_of_other_period(line, item)]

    def _same_way(self, line: SettlementLineRow, *names: str) -> list[OpenItemRow]:
        return [
            item
            for item in self._ledger.named(*names)
            if (item.account, item.currency) == (self._row.account, self._row.currency)
            and (item.of_minor > 0) == (line.to_explain_minor > 0)
        ]

    def _is_of_other_period(self, line: SettlementLineRow, item: OpenItemRow) -> bool:
        """Return whether money went back in another month than the ledger says."""
        on = line.occurred_on or self._row.settled_on
        return line.to_explain_minor < 0 and on is not None and _month(on) != _month(item.posted_on)

    def _clear(self, line: int, item: OpenItemRow, minor: int) -> None:
        self._ledger.left[item.item] -= minor
        self._parts.append(ClearedPart(line=line, item=item.item, amount_minor=minor, of_minor=item.of_minor))

    def _differs(self, line: SettlementLineRow) -> Found:
        """Return of which kind a line is that nothing explains."""
        names = (line.payment_reference, line.reference)
        if items := self._same_way(line, *names):
            if all(self._is_of_other_period(line, item) for item in items):
                return self._found_as(line, "refund_out_of_period", "the ledger has it in another month", items)
            return self._found_as(line, "amount", "the ledger has another amount", items)
        if line.payment_reference and (line.payment_reference, line.kind) in self._ledger.explained:
            return self._found_as(line, "duplicate", "another line was this payment already")
        named = [item for item in self._ledger.named(*names) if (item.of_minor > 0) == (line.to_explain_minor > 0)]
        if any(item.currency != self._row.currency for item in named):
            return self._found_as(line, "fx", "the ledger has it in another currency")
        if named:
            return self._found_as(line, "wrong_account", "the ledger has it on another account", named)
        return self._found_as(line, "missing_in_ledger", f"the ledger knows no such {line.kind}")

    def _found_as(
        self, line: SettlementLineRow, kind: BreakKind, reason: str, items: Sequence[OpenItemRow] = ()
    ) -> Found:
        return Found(
            subject=settlement_line_id(f"settlement:{self._row.settlement}", line.number),
            kind=kind,
            currency=self._row.currency,
            amount_minor=line.to_explain_minor,
            since=line.occurred_on or self._row.settled_on or self._row.recorded_on,
            candidates=tuple(self._candidates(line, items)),
            reason=reason,
        )

    def _candidates(self, line: SettlementLineRow, items: Sequence[OpenItemRow]) -> Iterator[Candidate]:
        for item in items[:CANDIDATES_MAX]:
            difference_minor = line.to_explain_minor - self._ledger.left[item.item]
            yield Candidate(
                items=(item.item,), score=_SCORE, reason="has its reference", difference_minor=difference_minor
            )


def _about(item: OpenItemRow) -> str:
    """Return what a posting is about: its order, or what else posted it."""
    about = order_about(item.originator) if kind_of(item.originator) in _OF_ORDERS else key_of(item.originator)
    return about.partition("/")[0] if kind_of(item.originator) in _OF_ORDERS else about


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
