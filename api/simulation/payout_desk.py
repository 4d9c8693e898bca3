"""The payout desk of a simulated marketplace: every three weeks all are paid, and some of it comes back."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count, groupby

from api.simulation import odds, world
from api.simulation.bank_account import stands_for
from api.simulation.bank_desk import BACK, PAID, BankDesk, Shown
from api.simulation.books import Books, Place
from api.simulation.break_desk import BreakDesk
from api.simulation.cast import Cast
from api.simulation.rehearsal import Heard
from api.simulation.stage import Stage, Story
from api.simulation.world import BY_CURRENCY, FINANCE, SECOND_FINANCE
from domain import commands
from domain.commands.payouts import InstructedPayout
from domain.commands.reconciliation import SaidTarget
from domain.party import Party
from domain.payee_account import PayeeAccount
from domain.payout import Payout
from domain.payout_events import PayoutDebited, PayoutDebitUndone, PayoutRejected, PayoutReturned
from domain.references import key_of, party_id, payee_id, payout_id

FIRST, EVERY = timedelta(days=16, hours=9), timedelta(days=25)
LAST = timedelta(days=11)
"""Before the end: one run more, so that most are paid then."""
FORMAT = "pain.001.001.09"
BY_BANK = "AC04"
"""Source: ISO 20022, external reason codes: the account is closed."""
_ACCEPTED = "ACSP"


class PayoutDesk:
    """Plans payouts, has them approved, tells the bank in files, and hears what becomes of them."""

    def __init__(self, stage: Stage, cast: Cast, books: Books, bank: BankDesk, breaks: BreakDesk) -> None:
        self._stage = stage
        self._cast = cast
        self._books = books
        self._bank = bank
        self._breaks = breaks
        self._on_the_way: Counter[Place] = Counter()
        self._failed: dict[tuple[str, str], str] = {}
        self._planned = count(1)
        self._files = count(1)
        self._instructed = count(1)
        self._debited = count(1)
        self._seen_gone: set[str] = set()
        self._over: list[str] = []
        stage.listen(self._hear)

    def pay(self) -> Story:
        """Pay everybody, run by run."""
        last_at = self._stage.ends_at - LAST
        yield self._stage.starts_at + FIRST
        while self._stage.at < last_at - EVERY / 2:
            yield from self._run()
            yield self._stage.at + EVERY - timedelta(days=1)
        yield self._stage.until(last_at)
        yield from self._run()

    def free_minor(self, account: str, currency: str, *, kept: bool = True) -> int:
        """
        Return what stands on an account at a bank and isn't on its way from there.

        kept: whether what the operator keeps for exchanges is left out.
        """
        kept_minor = world.own_kept_minor(currency) if kept and account == world.OWN_ACCOUNT else 0
        return self._books.balances[account, currency] - self._on_the_way[account, currency] - kept_minor

    def instruct(self, payouts: Sequence[Payout]) -> None:
        """Tell the bank, in one file, to pay payouts of one account, currency and day."""
        first = payouts[0]
        file = f"FILE-{next(self._files)}"
        told = commands.InstructPayouts(
            file=file,
            format=FORMAT,
            pays_from=first.pays_from,
            currency=first.currency,
            pay_on=first.pay_on,
            sha256=stands_for(file),
            payouts=tuple(
                InstructedPayout(payout=key_of(each.reference), party=each.party, creditor=self._creditor(each))
                for each in payouts
            ),
        )
        if not self._stage.say(told, FINANCE):
            self._stage.begin(self._answer(file, [key_of(each.reference) for each in payouts]))

    def reserve(self, account: str, currency: str, amount_minor: int) -> None:
        """Let an amount be on its way from an account at a bank."""
        self._on_the_way[account, currency] += amount_minor

    def _run(self) -> Story:
        """Plan what is to be paid, look at it, and tell the bank a day later."""
        self._forget_what_is_over()
        pay_on = self._stage.at.date() + timedelta(days=1)
        planned = list(self._plan_all(pay_on))
        yield self._stage.at + timedelta(hours=4)
        for number, payout in planned:
            self._look_at(payout, number)
        yield self._stage.at + timedelta(hours=20)
        ready = sorted(self._ready(planned), key=_file_of)
        for _, payouts in groupby(ready, key=_file_of):
            self.instruct(list(payouts))

    def _plan_all(self, pay_on: date) -> Iterator[tuple[int, str]]:
        for party in self._cast.registered:
            found = self._cast.find(party)
            if found is None or found.is_forgotten or found.has_hit or "iban" not in found.profile:
                continue
            for currency, market in BY_CURRENCY.items():
                payee = self._stage.find(PayeeAccount, payee_id(party, currency))
                least_minor = odds.PAYOUT_DOLLARS_MIN * market.minor_per_dollar
                if payee and payee.available_minor >= least_minor and (planned := self._plan(payee, found, pay_on)):
                    yield planned

    def _plan(self, payee: PayeeAccount, party: Party, pay_on: date) -> tuple[int, str] | None:
        """Plan what a payee may be paid, where there is as much at the bank; return the payout, with its number."""
        account = world.OWN_ACCOUNT if "partner" in party.roles else world.COLLECTION
        amount_minor, currency = payee.available_minor, payee.currency
        if amount_minor > self.free_minor(account, currency):
            return None
        number = next(self._planned)
        payout = f"PAY-{number:06d}"
        plan = commands.PlanPayout(
            payout=payout,
            party=payee.party,
            currency=currency,
            pays_from=account,
            pay_on=pay_on,
            reissues=self._failed.get((payee.party, currency), ""),
        )
        if self._stage.say(plan, FINANCE):
            return None
        self._failed.pop((payee.party, currency), None)
        self.reserve(account, currency, amount_minor)
        return number, payout

    def _look_at(self, payout: str, number: int) -> None:
        """Let a second person agree where one must, or give a payout up."""
        waits = self._get(payout).status == "planned"
        approve = commands.ApprovePayout(payout=payout)
        if waits and not number % odds.PAYOUT_SELF_APPROVED:
            self._stage.say(approve, FINANCE)
        if not number % odds.PAYOUT_CANCELLED:
            self._cancel(payout, "details-doubted")
        elif waits:
            self._stage.say(approve, SECOND_FINANCE)

    def _ready(self, planned: Sequence[tuple[int, str]]) -> Iterator[Payout]:
        """Yield the payouts that the bank may be told of, and give up those to whom nothing may be paid by now."""
        for _, name in planned:
            payout = self._get(name)
            if payout.status != "approved":
                continue
            party = self._stage.find(Party, party_id(payout.party))
            payee = self._stage.find(PayeeAccount, payee_id(payout.party, payout.currency))
            if party is None or party.is_suspended or party.has_hit:
                self._cancel(name, "not-in-good-standing")
            elif payee is None or payee.balance_minor < payout.amount_minor:
                self._cancel(name, "owes-meanwhile")
            else:
                yield payout

    def _cancel(self, payout: str, reason: str) -> None:
        found = self._get(payout)
        self._stage.say(commands.CancelPayout(payout=payout, reason=reason), SECOND_FINANCE)
        self.reserve(found.pays_from, found.currency, -found.amount_minor)
        self._over.append(payout)

    def _creditor(self, payout: Payout) -> str:
        party = self._cast.find(payout.party) if payout.party else None
        return party.profile["iban"] if party else ""

    # What the bank says

    def _answer(self, file: str, payouts: Sequence[str]) -> Story:
        """Let the bank answer: it says that it will pay, or says nothing and pays; some it refuses."""
        yield self._stage.at + timedelta(hours=2)
        says_so = file.endswith(("1", "3", "5", "7"))
        for name in payouts:
            payout = self._get(name)
            if payout.kind == "payee" and not next(self._instructed) % odds.PAYOUT_REJECTED:
                self._stage.begin(self._refuse(payout, unheard=not says_so))
                continue
            if says_so:
                self._stage.say(commands.AcceptPayout(payout=name, answer=_ACCEPTED), FINANCE)
            gone = SaidTarget(item=payout.reference, amount_minor=-payout.amount_minor)
            self._bank.expect(payout.pays_from, payout.currency, Shown(payout.pay_on, "ICDT", PAID, (gone,)))

    def _refuse(self, payout: Payout, *, unheard: bool) -> Story:
        """Refuse a payout; where nobody hears of it at once, it is missed on the statement."""
        name, found = key_of(payout.reference), ""
        if unheard:
            yield self._stage.at + timedelta(days=9)
            found = self._breaks.find_payout_missing(name, payout.currency, payout.amount_minor)
            yield self._stage.at + timedelta(days=1)
        self._stage.say(commands.RejectPayout(payout=name, reason=BY_BANK), FINANCE)
        if found:
            self._stage.say(commands.ResolveBreak(break_key=found), FINANCE)

    def _hear(self, heard: Heard) -> None:
        for step in heard.steps:
            match step.event:
                case PayoutDebited() as event:
                    self._hear_debited(key_of(step.reference), event)
                case PayoutDebitUndone() as event:
                    payout = self._get(key_of(step.reference))
                    self.reserve(payout.pays_from, payout.currency, event.amount_minor)
                case PayoutRejected() | PayoutReturned():
                    payout = self._get(key_of(step.reference))
                    self._failed[payout.party, payout.currency] = key_of(step.reference)
                    if isinstance(step.event, PayoutRejected):
                        self.reserve(payout.pays_from, payout.currency, -payout.amount_minor)
                case _:
                    pass

    def _hear_debited(self, name: str, event: PayoutDebited) -> None:
        payout = self._get(name)
        self.reserve(payout.pays_from, payout.currency, -event.amount_minor)
        if name in self._seen_gone:
            return
        self._seen_gone.add(name)
        if payout.kind == "payee" and not next(self._debited) % odds.PAYOUT_RETURNED:
            self._stage.begin(self._come_back(payout))
        else:
            self._over.append(name)

    def _come_back(self, payout: Payout) -> Story:
        """Let the payee's bank send the money back, some days later."""
        yield self._stage.at + timedelta(days=4)
        back = SaidTarget(item=payout.reference, amount_minor=payout.amount_minor, reason=BY_BANK)
        day = self._stage.at.date() - timedelta(days=1)
        self._bank.expect(payout.pays_from, payout.currency, Shown(day, "RRTN", BACK, (back,)))

    def _forget_what_is_over(self) -> None:
        """Let go of payouts that were over before the last run."""
        self._stage.forget(map(payout_id, self._over))
        self._seen_gone.difference_update(self._over)
        self._over.clear()

    def _get(self, payout: str) -> Payout:
        found = self._stage.find(Payout, payout_id(payout))
        assert found is not None, payout  # noqa: S101 - the desk asks for what it planned
        return found


def _file_of(payout: Payout) -> tuple[str, str]:
    return payout.pays_from, payout.currency
