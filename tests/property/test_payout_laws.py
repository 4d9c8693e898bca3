"""Laws of payouts: every item of a payee is in one payout at a time, nothing is paid twice, and the books agree."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import get_args

from hypothesis import given as drawn
from hypothesis import settings, strategies

from domain.commands import (
    AcceptPayout,
    ApprovePayout,
    CancelPayout,
    Command,
    InstructedPayout,
    InstructPayouts,
    PlanPayout,
    RejectPayout,
)
from domain.errors import LedgerError
from domain.handlers.payouts import debit_payout, return_payout, undo_debit, undo_return
from domain.payee_account import PayeeAccount, PayeeControl, PayeeCredited, PayeeDebited
from domain.payout import IN_TRANSIT, Payout
from domain.payout_events import PayoutPlanned
from domain.payout_refusals import PayoutStatus
from domain.references import key_of, payee_id
from domain.rules import Rules
from domain.unit_of_work import UnitOfWork
from tests.given import AT, OPERATOR, SECOND, Happened, World, ruled
from tests.property.laws import each

BANK, TODAY = "bank:safeguarded:hdfc", date(2026, 11, 23)
PARTIES = ("EXP-1", "EXP-2")
OUT = frozenset({"instructed", "accepted", "debited"})
RULES = Rules(four_eyes_from_minor={"USD": 200}, payout_minimum_minor={"USD": 20})
Item = tuple[str, int]


class Bank(World):
    """A book with payees and a bank, and what a naive bookkeeper writes down: each payee's items, one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.items: defaultdict[str, list[Item]] = defaultdict(list)
        """By party: which payout made the item, empty for none, and its amount in minor units."""
        self.moved: defaultdict[str, int] = defaultdict(int)
        """By account: what credits and debits of trades that aren't told here came to."""
        for happened in ruled(RULES):
            self.happen(happened)

    def trade(self, party: str, control: PayeeControl, minor: int) -> None:
        """Let a trade credit a party, or debit it below zero."""
        if minor == 0:
            return
        kind = PayeeCredited if minor > 0 else PayeeDebited
        event = kind(amount_minor=abs(minor), source="release:PO-1/1", account=control)
        self.happen(Happened(payee_id(party, "USD"), event))
        self.items[party].append(("", minor))
        self.moved[f"{control}:{party}"] += minor

    def try_saying(self, command: Command, *, actor: str = OPERATOR) -> bool:
        """Say a command, and return whether it was accepted."""
        return self._tried(lambda: self.say(command, actor=actor))

    def bank_says(self, happening: Callable[[UnitOfWork], None]) -> bool:
        """Let a line of the bank's statement be matched, and return whether it could be."""

        def happen() -> None:
            uow = UnitOfWork(self.load, actor="finance:bank", occurred_at=AT)
            happening(uow)
            self._keep(uow.steps, AT)
            self.aggregates.update(uow.changed)

        return self._tried(happen)

    def _tried(self, happen: Callable[[], object]) -> bool:
        before = dict(self.aggregates), dict(self.balances)
        try:
            happen()
        except LedgerError:
            assert before == (self.aggregates, dict(self.balances)), "a refusal left a trace"
            return False
        return True

    def payouts(self) -> list[Payout]:
        """Return all payouts, in the order in which they were planned."""
        return sorted(each(self, Payout), key=lambda payout: int(key_of(payout.reference)))

    def owe_again(self, payout: Payout, *, sign: int = 1) -> None:
        """Write down what a payout that came back is, part by part."""
        for part in payout.parts:
            self.items[payout.party].append((payout.reference, sign * part.amount_minor))


def plan(bank: Bank, party: str, number: int) -> None:
    before = bank.load(payee_id(party, "USD")).aggregate
    earlier = [each for each in bank.payouts() if each.party == party and each.status in {"rejected", "returned"}]
    reissues = key_of(earlier[-1].reference) if earlier and not earlier[-1].reissued_as else ""
    said = PlanPayout(payout=str(number), party=party, currency="USD", pays_from=BANK, pay_on=TODAY, reissues=reissues)
    if bank.try_saying(said):
        assert isinstance(before, PayeeAccount)
        assert before.available_minor >= RULES.payout_minimum_minor["USD"]


def cancel(bank: Bank, payout: Payout, _number: int) -> None:
    if bank.try_saying(CancelPayout(payout=key_of(payout.reference), reason="code")):
        bank.items[payout.party].append((payout.reference, payout.amount_minor))


def instruct(bank: Bank, payout: Payout, number: int) -> None:
    told = InstructedPayout(payout=key_of(payout.reference), party=payout.party, creditor="3d" * 32)
    said = InstructPayouts(
        file=f"F-{number}",
        format="pain.001.001.09",
        pays_from=BANK,
        currency="USD",
        pay_on=TODAY,
        sha256="5c" * 32,
        payouts=(told,),
    )
    if bank.try_saying(said):
        after = bank.load(payee_id(payout.party, "USD")).aggregate
        assert isinstance(after, PayeeAccount)
        assert after.balance_minor >= 0, "paid more than was owed"


def reject(bank: Bank, payout: Payout, _number: int) -> None:
    if bank.try_saying(RejectPayout(payout=key_of(payout.reference), reason="AC04")):
        bank.owe_again(payout)


def return_it(bank: Bank, payout: Payout, number: int) -> None:
    key, entry = key_of(payout.reference), f"bank_entry:{number}"
    if bank.bank_says(
        lambda uow: return_payout(key, payout.amount_minor, bank_entry=entry, reason="AC01", on=TODAY, uow=uow)
    ):
        bank.owe_again(payout)


def undo_the_return(bank: Bank, payout: Payout, _number: int) -> None:
    if bank.bank_says(lambda uow: undo_return(key_of(payout.reference), bank_entry=payout.returned_by, uow=uow)):
        bank.owe_again(payout, sign=-1)


def move_on(bank: Bank, which: int, how: int, number: int) -> None:
    """Do to one of the payouts there are what mostly may be done to it as it stands, and sometimes may not."""
    payouts = bank.payouts()
    if not payouts:
        return
    payout = payouts[-1 - which % len(payouts)]
    fitting = LIKELY[payout.status]
    DOINGS[fitting[how] if how < len(fitting) else tuple(DOINGS)[how % len(DOINGS)]](bank, payout, number)


def approve(bank: Bank, payout: Payout, _number: int) -> None:
    bank.try_saying(ApprovePayout(payout=key_of(payout.reference)), actor=SECOND)


def accept(bank: Bank, payout: Payout, _number: int) -> None:
    bank.try_saying(AcceptPayout(payout=key_of(payout.reference), answer="ACSP"))


def debit_the_rest(bank: Bank, payout: Payout, number: int) -> None:
    debit_some(bank, payout, number, payout.amount_minor - payout.debited_minor)


def debit_some(bank: Bank, payout: Payout, number: int, amount_minor: int = 7) -> None:
    key, entry = key_of(payout.reference), f"bank_entry:{number}"
    bank.bank_says(lambda uow: debit_payout(key, amount_minor, bank_entry=entry, on=TODAY, uow=uow))


def undo_a_debit(bank: Bank, payout: Payout, _number: int) -> None:
    first = next(iter(payout.debits), "none")
    bank.bank_says(lambda uow: undo_debit(key_of(payout.reference), bank_entry=first, uow=uow))


DOINGS: dict[str, Callable[[Bank, Payout, int], None]] = {
    "approve": approve,
    "cancel": cancel,
    "instruct": instruct,
    "accept": accept,
    "reject": reject,
    "debit": debit_the_rest,
    "debit some": debit_some,
    "undo debit": undo_a_debit,
    "return": return_it,
    "undo return": undo_the_return,
}
LIKELY: dict[PayoutStatus, tuple[str, ...]] = {
    "planned": ("approve", "approve", "cancel"),
    "approved": ("instruct", "instruct", "cancel"),
    "cancelled": (),
    "instructed": ("accept", "debit", "debit some", "reject", "undo debit"),
    "accepted": ("debit", "debit some", "reject", "undo debit"),
    "rejected": (),
    "debited": ("return", "return", "undo debit"),
    "returned": ("undo return",),
}
"""What is mostly done to a payout as it stands; of the rest anything."""


trades = strategies.tuples(
    strategies.sampled_from(PARTIES), strategies.sampled_from(get_args(PayeeControl)), strategies.integers(-200, 300)
)
plans = strategies.sampled_from(PARTIES)
moves = strategies.tuples(strategies.integers(0, 3), strategies.integers(0, 5))
stories = strategies.lists(strategies.one_of(trades, plans, moves, moves), min_size=30, max_size=70)


@settings(max_examples=300)
@drawn(stories)
def test_every_item_is_paid_once_and_the_books_agree(
    story: list[tuple[str, PayeeControl, int] | str | tuple[int, int]],
) -> None:
    bank = Bank()
    for number, step in enumerate(story, start=1):
        match step:
            case str(party):
                plan(bank, party, number)
            case (str(party), control, int(minor)):
                bank.trade(party, control, minor)
            case (int(which), int(how)):
                move_on(bank, which, how, number)
        payouts_are_proved(bank)


def payouts_are_proved(bank: Bank) -> None:
    """Assert all laws."""
    in_transit_minor = 0
    for payee in each(bank, PayeeAccount):
        mine = [payout for payout in bank.payouts() if payout.party == payee.party]
        items_are_taken_once(bank, payee)
        reserved_minor = sum(payout.amount_minor for payout in mine if payout.status in {"planned", "approved"})
        out_minor = sum(payout.amount_minor for payout in mine if payout.status in OUT)
        traded_minor = sum(minor for made_by, minor in bank.items[payee.party] if not made_by)
        assert payee.available_minor + reserved_minor == payee.balance_minor
        assert payee.balance_minor + out_minor == traded_minor, "credits less debits are there, reserved, or out"
        in_transit_minor += out_minor
        for control in get_args(PayeeControl):
            account = f"{control}:{payee.party}"
            assert payee.minor_on(control) == bank.moved[account] - bank.balances[account, "USD"]
    assert -bank.balances[IN_TRANSIT, "USD"] == in_transit_minor


def items_are_taken_once(bank: Bank, payee: PayeeAccount) -> None:
    """Assert that the plans cut a payee's items into stretches, each for one payout, that come to its amount."""
    assert payee.items == len(bank.items[payee.party])
    after = 0
    for step, _ in bank.steps:
        event = step.event
        if isinstance(event, PayoutPlanned) and event.party == payee.party:
            assert event.first_item == after + 1
            taken_minor = sum(minor for _, minor in bank.items[payee.party][after : event.last_item])
            assert taken_minor == event.amount_minor
            after = event.last_item
    assert after == payee.taken
    left_minor = sum(minor for _, minor in bank.items[payee.party][after:])
    assert left_minor == payee.available_minor, "what no payout took is what may be paid"
