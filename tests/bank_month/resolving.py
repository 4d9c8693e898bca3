"""
A person of finance looks at what the rules left open, and explains it.

What the person knows is what the breaks show, what the bank replies when it's asked, and, in the place of the buyers
who would be asked, the truth.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from api.composition import OpenedBook
from api.reconciling.matching_said import completed
from api.simulation.world import FINANCE, SECOND_FINANCE
from domain import commands
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from domain.references import key_of, kind_of
from projections.breaks import BreakRow
from projections.open_reconciliation import find_items
from tests.bank_month.judging import FEES, Judge, Judged
from tests.bank_month.marketplace import must
from tests.bank_month.transfers import Senders, Sent

UNKNOWN = "suspense:unknown"
BOOKED_TWICE = "suspense:bank-error"
GIVEN_UP = ("never came",)
REST = "-rest"


class ToDo(NamedTuple):
    """What a person can't do alone: ask the bank, and buyers for what is missing."""

    questions: list[dict[str, str]]
    transfers: list[Sent]


class Person:
    """Somebody who explains breaks, one by one; a second person agrees to what is given up."""

    def __init__(self, book: OpenedBook, senders: Senders) -> None:
        self._book = book
        self._senders = senders
        self._asked: set[str] = set()
        self._made = 0

    def resolve(
        self, breaks: Sequence[BreakRow], judge: Judge, *, replies: Mapping[str, str], today: date, sent: Sequence[Sent]
    ) -> ToDo:
        """Explain what can be explained, and return what has to be asked first."""
        to_do = ToDo([], [])
        by_settles = {each.settles: each for each in sent if not each.payment.endswith(REST)}
        about_lines = [each for each in breaks if kind_of(each.subject) == "bank_entry"]
        self._explain_lines([judge.judged[key_of(each.subject)] for each in about_lines], judge, to_do)
        for each in breaks:
            match kind_of(each.subject):
                case "open_item" if self._open_minor(each.subject):
                    alike = [by_settles[name] for name in judge.alike(each.subject) if name in by_settles]
                    self._look_for(each, alike, replies, today, to_do)
                case "payout":
                    self._ask(key_of(each.subject), to_do)
                case _:
                    pass
        return to_do

    def _explain_lines(self, lines: Iterable[Judged], judge: Judge, to_do: ToDo) -> None:
        booked_twice: dict[tuple[str, ...], list[Judged]] = defaultdict(list)
        for each in sorted(lines, key=lambda judged: judged.line.row.recorded):
            truth = each.truth
            if truth.noise == "duplicate_booking":
                booked_twice[truth.about].append(each)
            elif truth.role == "unknown":
                self._say([(each, [SaidTarget(account=UNKNOWN, amount_minor=truth.amount_minor)])])
            else:
                self._say([(each, self._targets(each, judge))])
        for about, of_payment in booked_twice.items():
            self._explain_copies(about, of_payment, judge, to_do)

    def _explain_copies(self, about: tuple[str, ...], lines: list[Judged], judge: Judge, to_do: ToDo) -> None:
        """Match what nothing is matched with; the other line and what took it back belong together."""
        if not any(each.truth.about == about and each.line.match for each in judge.judged.values()):
            first = next(each for each in lines if each.truth.role != "reversal")
            lines.remove(first)
            self._say([(first, self._targets(first, judge))])
        back = [each for each in lines if each.truth.role == "reversal"]
        copies = [each for each in lines if each.truth.role != "reversal"]
        if back and copies:
            pair = (copies[0], back[0])
            self._say(
                [(each, [SaidTarget(account=BOOKED_TWICE, amount_minor=each.truth.amount_minor)]) for each in pair]
            )
        elif copies:
            self._ask(
                "", to_do, line=next(each.truth.number for each in self._all(judge, about) if each.truth.role == "copy")
            )

    @staticmethod
    def _all(judge: Judge, about: tuple[str, ...]) -> Iterator[Judged]:
        return (each for each in judge.judged.values() if each.truth.about == about)

    def _targets(self, judged: Judged, judge: Judge) -> list[SaidTarget]:
        """Return what a line is: as much of each thing as is open, in order, and the bank's fee for what is missing."""
        left_minor = judged.truth.amount_minor
        targets: list[SaidTarget] = []
        for payment in judged.truth.about:
            alike = judge.alike(judge.settles(payment))
            name = next((each for each in alike if self._open_minor(each) != 0), alike[0])
            open_minor = self._open_minor(name)
            part_minor = left_minor if open_minor is None or abs(open_minor) >= abs(left_minor) else open_minor
            if judged.truth.noise == "skimmed_fee" and open_minor is not None:
                part_minor = open_minor
            targets.append(SaidTarget(item=name, amount_minor=part_minor, step=judge.step_of(payment)))
            left_minor -= part_minor
        return targets + ([SaidTarget(account=FEES, amount_minor=left_minor)] if left_minor else [])

    def _open_minor(self, name: str) -> int | None:
        self._book.runner.catch_up()
        with self._book.pool.connection() as connection:
            found = find_items(connection, self._book.name, [name])
        return found[name].open_minor if name in found else None

    def _say(self, said: Sequence[tuple[Judged, list[SaidTarget]]]) -> None:
        self._made += 1
        entries = tuple(MatchedEntry(entry=each.line.row.entry, targets=tuple(targets)) for each, targets in said)
        command = MatchBankEntries(match=f"person-{self._made}", entries=entries, reason="asked who knows")
        must(self._book, [completed(self._book, command)], actor=FINANCE, role="finance")

    def _look_for(
        self, found: BreakRow, alike: Sequence[Sent], replies: Mapping[str, str], today: date, to_do: ToDo
    ) -> None:
        """
        Ask where money is; of a buyer who sent too little ask the rest; give up what will never come.

        alike: the payment that is missed, and others of its order and amount: nobody can tell which of them is.
        """
        sent = alike[0]
        is_part = abs(found.amount_minor) < abs(int(sent.row["amount_minor"]))
        number = int(sent.payment.rpartition("-")[2])
        if is_part and number % 2 and sent.payment not in self._asked:
            self._asked.add(sent.payment)
            to_do.transfers.append(self._senders.rest_of(sent, found.amount_minor, on=today))
        elif is_part or any(replies.get(each.payment) in GIVEN_UP for each in alike):
            self._give_up(found)
        else:
            for each in alike:
                self._ask(each.payment, to_do)

    def _give_up(self, found: BreakRow) -> None:
        key = found.break_key
        ask = commands.ProposeBreakWriteOff(break_key=key, reason="never-came")
        must(self._book, [ask], actor=FINANCE, role="finance")
        must(self._book, [commands.ApproveBreakWriteOff(break_key=key, number=1)], actor=SECOND_FINANCE, role="finance")

    def _ask(self, payment: str, to_do: ToDo, *, line: str = "") -> None:
        if (payment or line) not in self._asked:
            self._asked.add(payment or line)
            to_do.questions.append({"line": line} if line else {"payment": payment})
