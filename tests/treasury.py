"""A treasury for tests: a book whose money goes through banks, with statements and matches said day by day."""

import hashlib
from datetime import UTC, date, datetime

from domain.bank_account import Said
from domain.commands import AcceptOrder
from domain.commands.bank import NewBankEntry, RecordBankEntries, RecordBankStatement, RegisterBankAccount
from domain.commands.parties import ChangeProfile, RegisterParty
from domain.commands.payouts import (
    ApprovePayout,
    InstructedPayout,
    InstructPayouts,
    PlanPayout,
    PlanRemittance,
    PlanSweep,
)
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, RaiseBreaks, SaidTarget
from domain.commitment import Commitment
from domain.money import Money
from domain.reconciliation_break import Found
from domain.references import bank_entry_id, hold_id, open_item_id
from projections.runner import Runner
from tests.books import Book, pay, place_order

MONTH_END = datetime(2026, 11, 23, 9, tzinfo=UTC)
BUYERS, OWN = "bank:safeguarded:hdfc", "bank:operator:main"
CREDITOR = Commitment("3d" * 32)


class Treasury:
    """What a finance person does in a book, in US dollars: at the book's present day."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._closed: dict[str, int] = {}
        self._files = 0

    def open_accounts(self) -> None:
        """Register buyers' account and the operator's."""
        for key, account in (("hdfc", BUYERS), ("main", OWN)):
            self.book.say(
                RegisterBankAccount(
                    bank_account=key, account=account, currency="USD", identifiers=(f"ACC{key.upper()}",), name="X"
                )
            )

    def details(self, party: str, *fields: str) -> None:
        """Let it be known where a party is paid: it is registered where no field is said to change."""
        known = {name: Commitment("5a" * 32) for name in ("account_name", "iban")}
        if fields:
            for name in fields:
                self.book.say(ChangeProfile(party=party, field=name, commitment=Commitment("5b" * 32)))
        else:
            self.book.say(RegisterParty(party=party, roles=("exporter",), country="IN", profile=known))

    def statement(
        self,
        key: str,
        day: date,
        *amounts_minor: int,
        opening_minor: int | None = None,
        closing_minor: int | None = None,
    ) -> list[str]:
        """Record a statement of a day that goes on from the last, with its entries; return their keys."""
        opened_minor = self._closed.get(key, 0) if opening_minor is None else opening_minor
        closed_minor = opened_minor + sum(amounts_minor) if closing_minor is None else closing_minor
        self._closed[key] = closed_minor
        name = _digest("statement", key, day, opened_minor)
        told = Said(
            format="test",
            file_sha256="e" * 64,
            from_on=day,
            to_on=day,
            opening_minor=opened_minor,
            closing_minor=closed_minor,
            entries=len(amounts_minor),
            sum_minor=sum(amounts_minor),
            new_entries=len(amounts_minor),
        )
        self.book.say(RecordBankStatement(bank_account=key, statement=name, told=told))
        entries = tuple(
            NewBankEntry(
                key=_digest("entry", key, day, opened_minor, number),
                amount_minor=amount_minor,
                value_date=day,
                booking_date=day,
                ordinal=number,
                detail=Commitment("d" * 64),
            )
            for number, amount_minor in enumerate(amounts_minor, start=1)
        )
        if entries:
            self.book.say(RecordBankEntries(bank_account=key, statement=name, entries=entries))
        return [entry.key for entry in entries]

    def match(self, name: str, entry: str, *targets: SaidTarget) -> None:
        """Say what an entry is."""
        self.book.say(MatchBankEntries(match=name, entries=(MatchedEntry(entry=entry, targets=targets),)))

    def plan(self, payout: str, party: str = "EXP-1") -> None:
        """Plan a payout to a party today."""
        day = self.book.clock.now.date()
        self.book.say(PlanPayout(payout=payout, party=party, currency="USD", pays_from=BUYERS, pay_on=day))

    def sweep(self, payout: str, amount_minor: int) -> None:
        """Plan and agree to a sweep of fees."""
        self.book.say(
            PlanSweep(
                payout=payout,
                amount=Money("USD", amount_minor),
                pays_from=BUYERS,
                pays_to=OWN,
                pay_on=self.book.clock.now.date(),
                available_minor=amount_minor,
            )
        )
        self.book.say(ApprovePayout(payout=payout), actor="operator:second")

    def remit(self, payout: str, amount_minor: int, *, pays_from: str, tax: str = "tax:gst-output") -> None:
        """Plan and agree to a remittance of a tax."""
        self.book.say(
            PlanRemittance(
                payout=payout,
                amount=Money("USD", amount_minor),
                pays_from=pays_from,
                tax=tax,
                pay_on=self.book.clock.now.date(),
                available_minor=amount_minor,
            )
        )
        self.book.say(ApprovePayout(payout=payout), actor="operator:second")

    def instruct(self, payout: str, party: str = "", *, pays_from: str = BUYERS, pay_on: date | None = None) -> None:
        """Tell the bank of a payout in a file of its own; pay_on: as it was planned, today if nothing is said."""
        self._files += 1
        told = InstructedPayout(payout=payout, party=party, creditor=CREDITOR if party else "")
        self.book.say(
            InstructPayouts(
                file=f"FILE-{self._files}",
                format="pain.001.001.09",
                pays_from=pays_from,
                currency="USD",
                pay_on=pay_on or self.book.clock.now.date(),
                sha256="5c" * 32,
                payouts=(told,),
            )
        )

    def runner(self) -> Runner:
        """Return the read side, caught up."""
        runner = Runner(self.book.pool, self.book.name)
        runner.catch_up()
        return runner


def play_month_end(book: Book) -> Treasury:
    """
    Play the end of November 2026 in an open book, from its 23rd on, and catch the read side up.

    PO-1 is collected, released and paid out; PO-2 is with its provider still; the bank took a charge and shows 7.77
    that nobody knows; a sweep is on its way.
    """
    treasury = Treasury(book)
    book.clock.now = MONTH_END
    treasury.open_accounts()
    treasury.details("EXP-1")
    book.trade("PO-1")
    book.say(place_order("PO-2", amount_minor=6_000))
    book.say(AcceptOrder(order="PO-2"))
    book.say(pay("PO-2", 6_000))
    book.clock.move(days=1)
    came, charge, unknown = treasury.statement("hdfc", date(2026, 11, 24), 10_000, -50, 777)
    treasury.match("M-1", came, collected("PO-1", 10_000))
    treasury.match("M-2", charge, booked(-50))
    found = Found(
        subject=bank_entry_id(unknown),
        kind="missing_in_ledger",
        currency="USD",
        amount_minor=777,
        bank_account="hdfc",
        since=date(2026, 11, 24),
        reason="nothing open is like it",
    )
    book.say(RaiseBreaks(found=(found,)))
    book.clock.move(days=1)
    treasury.plan("P-1")
    treasury.instruct("P-1", "EXP-1")
    book.clock.move(days=1)
    (gone,) = treasury.statement("hdfc", date(2026, 11, 26), -9_705)
    treasury.match("M-3", gone, paid("P-1", 9_705))
    treasury.sweep("S-1", 100)
    treasury.instruct("S-1")
    treasury.runner()
    return treasury


def collected(order: str, amount_minor: int, *, version: int = 2, account: str = "clearing:card") -> SaidTarget:
    """Return the target that a buyer's payment of an order is: by default the first payment."""
    item = open_item_id(hold_id(order), version, account, "USD")
    return SaidTarget(item=item, amount_minor=amount_minor, of_minor=amount_minor)


def paid(payout: str, amount_minor: int) -> SaidTarget:
    """Return the target that a payout's debit is; below zero, its return."""
    return SaidTarget(item=f"payout:{payout}", amount_minor=-amount_minor)


def booked(amount_minor: int, account: str = "expense:bank-charges") -> SaidTarget:
    """Return a booking."""
    return SaidTarget(amount_minor=amount_minor, account=account)


def _digest(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]
