"""The judge alone reads the truth: which lines rules have matched, whether rightly, and what the rest became."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from domain.references import kind_of, payout_id
from projections.breaks import BreakRow
from tests.bank_month.bank_process import Truth
from tests.bank_month.ledger_side import Standing
from tests.bank_month.transfers import Sent
from tests.bank_noise import EXACT, NOISES

IDENTIFIABLE = {noise.kind: noise.identifiable for noise in (*NOISES, EXACT)}
FEES = "expense:bank-charges"
PERSON = "person"

LineKey = tuple[str, date, int]


class Judged(NamedTuple):
    """A line of the ledger beside what it really is."""

    line: Standing
    truth: Truth

    @property
    def by_rule(self) -> bool:
        """Return whether a rule matched it."""
        return self.line.match is not None and self.line.match.rule != PERSON


class Verdict(Struct, frozen=True, kw_only=True):
    """
    What came of all lines; by_noise: how many lines of each kind, and how many of them rules matched.

    wrong: what rules matched and isn't true, for people.
    """

    entries: int
    identifiable: int
    identifiable_matched: int
    matched: int
    wrong: list[str]
    missed: list[str]
    by_noise: dict[str, tuple[int, int]]

    @property
    def share_bps(self) -> int:
        """Return which share of the identifiable lines rules matched, in basis points, rounded down."""
        return self.identifiable_matched * 10_000 // self.identifiable


class Judge:
    """Whoever knows what every transfer settles, and what every line is."""

    def __init__(self, sent: Iterable[Sent], truths: Iterable[Truth], lines: Mapping[str, Standing]) -> None:
        self._sent = {each.payment: each for each in sent}
        by_line: dict[LineKey, list[Truth]] = defaultdict(list)
        for truth in truths:
            if truth.number:
                by_line[truth.number, truth.booked_on, truth.amount_minor].append(truth)
        self.judged: dict[str, Judged] = {}
        for key, line in sorted(lines.items(), key=lambda each: each[1].row.ordinal):
            named = line.detail.bank_reference, line.row.booking_date, line.row.amount_minor
            self.judged[key] = Judged(line, by_line[named].pop(0))
        self._by_item: dict[str, Sent] = {}
        for transfer in self._sent.values():
            self._by_item.setdefault(transfer.settles, transfer)  # the rest of a payment comes after it, and is less
        self._together: dict[str, list[Judged]] = defaultdict(list)
        for each in self.judged.values():
            self._together[each.line.row.match].append(each)
        self._of_payment: dict[tuple[str, ...], list[Judged]] = defaultdict(list)
        for each in self.judged.values():
            self._of_payment[each.truth.about].append(each)
        self._alike: dict[str, list[str]] = defaultdict(list)
        for item in self._by_item:
            self._alike[self._likes(item)].append(item)
        self.unseen = [truth for left in by_line.values() for truth in left]

    def verdict(self) -> Verdict:
        """Return what came of the lines."""
        every = list(self.judged.values())
        identifiable = [each for each in every if self._is_identifiable(each)]
        by_noise: dict[str, list[Judged]] = defaultdict(list)
        for each in every:
            by_noise[f"{each.truth.noise}/{each.truth.role}"].append(each)
        return Verdict(
            entries=len(every),
            identifiable=len(identifiable),
            identifiable_matched=len(identifiable)
            - len(missed := [each for each in identifiable if not self._is_found(each)]),
            matched=sum(each.by_rule for each in every),
            wrong=[self._told(each) for each in every if each.by_rule and not self.is_right(each)],
            missed=[self._told(each) for each in missed],
            by_noise={kind: (len(of), sum(each.by_rule for each in of)) for kind, of in sorted(by_noise.items())},
        )

    def is_right(self, judged: Judged) -> bool:
        """
        Return whether the match of a line says what is true of all its lines.

        Of a line that is booked twice, either may stand for the payment, but not both; parts of one order of the same
        amount are the same to everybody. Beside payments a line may be a bank's fee, where the bank took one.
        """
        together = self._together[judged.line.row.match]
        if any(each.truth.role in {"unknown", "reversal"} for each in together) or self._is_taken_twice(judged):
            return False
        targets = [target for each in together for target in each.line.targets]
        took_fee = any(each.truth.noise == "skimmed_fee" for each in together)
        if any(not target.item and not (took_fee and target.account == FEES) for target in targets):
            return False
        if judged.truth.role == "return" and any(target.amount_minor < 0 for target in targets if target.item):
            return False
        named = {self._likes(target.item) for target in targets if target.item}
        return named == {self._likes(self.settles(payment)) for each in together for payment in each.truth.about}

    def _is_identifiable(self, judged: Judged) -> bool:
        """
        Return whether a rule has to find a line: what the bank tells leaves one answer only.

        A provider's payment of what another system had collected names nothing that the ledger knows.
        """
        is_named = all(self._sent[each].is_named for each in judged.truth.about if each in self._sent)
        return is_named and IDENTIFIABLE[judged.truth.noise] and judged.truth.role in {"payment", "return", "own"}

    def _is_found(self, judged: Judged) -> bool:
        """Return whether a rule found a line, or, if it's booked twice, the other one."""
        if judged.truth.noise != "duplicate_booking":
            return judged.by_rule
        return any(each.by_rule for each in self._of_payment[judged.truth.about])

    def _is_taken_twice(self, judged: Judged) -> bool:
        """Return whether a payment that is booked twice was matched twice."""
        same = self._of_payment.get(judged.truth.about, []) if judged.truth.noise == "duplicate_booking" else []
        return sum(each.line.match is not None and each.by_rule for each in same) > 1

    def settles(self, payment: str) -> str:
        """Return what a payment settles: an open item, a hold, or a payout."""
        sent = self._sent.get(payment)
        return sent.settles if sent else payout_id(payment)

    def step_of(self, payment: str) -> int:
        """Return which step of its order a payment is that was awaited."""
        return self._sent[payment].step if payment in self._sent else 1

    def alike(self, item: str) -> list[str]:
        """Return the items that are the same to everybody as an item, itself first."""
        return list(dict.fromkeys((item, *self._alike[self._likes(item)])))

    def _likes(self, item: str) -> str:
        """Return what an item is, if it's a payment of an order by order, currency and amount."""
        hold = item.removeprefix("open_item:").partition("@")[0]
        sent = self._by_item.get(item) or self._by_item.get(hold)
        if sent is None:
            return hold
        if not sent.order:
            return item
        return f"{sent.order} {sent.row['currency']} {sent.row['amount_minor']}"

    def _told(self, judged: Judged) -> str:
        line, truth = judged.line, judged.truth
        rule = f"{line.match.rule}: {line.match.reason}" if line.match else "unmatched"
        settles = [self.settles(each) for each in truth.about]
        return (
            f"{truth.noise}/{truth.role} {truth.amount_minor} {truth.currency} on {truth.booked_on}, "
            f"{line.detail.remittance!r} by {line.detail.counterparty!r}: {settles} "
            f"but {rule} {line.targets}"
        )


def kinds_of(judge: Judge, breaks: Iterable[BreakRow]) -> dict[str, Counter[str]]:
    """Return, by the noise of the line that a break is about, how many breaks are of each kind."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for each in breaks:
        if kind_of(each.subject) == "bank_entry":
            truth = judge.judged[each.subject.partition(":")[2]].truth
            found[f"{truth.noise}/{truth.role}"][str(each.kind)] += 1
        else:
            found[kind_of(each.subject)][str(each.kind)] += 1
    return dict(found)
