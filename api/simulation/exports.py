"""The exports of a simulated marketplace: goods of some orders leave under a bill, and their value comes home."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from api.simulation import world
from api.simulation.rehearsal import Heard
from api.simulation.stage import Stage, Story
from api.simulation.world import FINANCE
from domain import commands
from domain.money import Money
from domain.order import OrderReceiptConfirmed
from domain.receivable import Receivable
from domain.receivable_events import Invoice, OrderShare
from domain.references import key_of, receivable_id

EVERY = 10
"""Of so many orders that are received, one is followed to its bank. Which mishap it meets goes by turns."""
_LETTER, _CERTIFIED_TWICE, _COUNTED_TWICE, _WRONG_BILL = 5, 3, 4, 3


class ExportDesk:
    """Follows one in so many orders from the shipment to the closing of the bank's entry."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._received = count()
        stage.listen(self._hear)

    def _hear(self, heard: Heard) -> None:
        for step in heard.steps:
            if isinstance(step.event, OrderReceiptConfirmed) and not (number := next(self._received)) % EVERY:
                order = key_of(step.reference)
                self._stage.begin(SimulatedExport(order, number // EVERY, stage=self._stage).story(), order=order)


class SimulatedExport:
    """One order's shipping bill and the money that comes for it; `turn` says which mishaps it meets."""

    def __init__(self, order: str, turn: int, *, stage: Stage) -> None:
        self._order = order
        self._turn = turn
        self._stage = stage
        ordered = stage.order(order)
        self._exporter, self._currency, self._total_minor = ordered.exporter, ordered.currency, ordered.total_minor
        self._rulebook = key_of(ordered.terms.rulebook)
        self._bill, self._money = world.bill_of(order), world.remittance_of(order)
        self._fee_minor = max(1, self._total_minor // 40)
        self._numbers = count(1)

    def story(self) -> Story:
        """Tell the export from the shipment on; money comes some days later, and the bank's entry is closed at last."""
        yield self._stage.at + timedelta(hours=5)
        if self._total_minor <= self._fee_minor + 1:
            return
        self._ship()
        yield self._stage.at + timedelta(days=3 + self._turn % 8)
        self._remit()
        yield self._stage.at + timedelta(days=1)
        self._match()
        yield self._stage.at + timedelta(days=1)
        for said in (*self._deductions(), *self._certificates()):
            self._stage.say(said, FINANCE)
        if self._turn % _LETTER == 1:
            self._extend()
        yield self._stage.at + timedelta(days=2)
        if self._turn % _LETTER != _LETTER - 1:
            self._close()

    def _ship(self) -> None:
        today = self._stage.at.date() - timedelta(days=1)
        whole = OrderShare(order=self._order, amount_minor=self._total_minor)
        linked_later = self._turn % 2
        shipped = commands.RecordReceivable(
            receivable=self._bill,
            exporter=self._exporter,
            currency=self._currency,
            invoices=(Invoice(number=f"INV/{self._order}", issued_on=today, amount_minor=self._total_minor),),
            shipped_on=today,
            orders=() if linked_later else (whole,),
            rulebook=self._rulebook,
            port=world.PORT,
            customs_value=Money("INR", world.CUSTOMS_VALUE_MINOR),
        )
        self._stage.say(shipped, FINANCE)
        if linked_later:
            link = commands.LinkOrder(receivable=self._bill, order=self._order, amount=self._amount(self._total_minor))
            self._stage.say(link, FINANCE)

    def _remit(self) -> None:
        came = commands.RecordRemittance(
            remittance=self._money,
            exporter=self._exporter,
            amount=self._amount(self._total_minor),
            received_on=self._stage.at.date() - timedelta(days=1),
            purpose="P0103" if self._turn % 6 == 1 else "P0102",
            rulebook=self._rulebook,
        )
        self._stage.say(came, FINANCE)

    def _match(self) -> None:
        matched = commands.AllocateRemittance(
            receivable=self._bill, remittance=self._money, amount=self._amount(self._total_minor - self._fee_minor)
        )
        self._stage.say(matched, FINANCE)
        if self._turn % _WRONG_BILL == 1:
            freed = commands.FreeRemittance(receivable=self._bill, realisation=1, reason="wrong-bill")
            self._stage.say(freed, FINANCE)
            self._stage.say(matched, FINANCE)

    def _deductions(self) -> Iterator[commands.Command]:
        charges = commands.DeductFromReceivable(
            receivable=self._bill, reason="bank-charges", amount=self._amount(self._fee_minor)
        )
        yield charges
        if self._turn % _COUNTED_TWICE == 1:
            yield commands.WithdrawDeduction(receivable=self._bill, deduction=1, reason="another-amount")
            yield charges

    def _certificates(self) -> Iterator[commands.Command]:
        today = self._stage.at.date() - timedelta(days=1)
        yield self._certify(today)
        if self._turn % _CERTIFIED_TWICE == 1:
            yield commands.CancelCertificate(
                receivable=self._bill, certificate=self._certificate(1), reason="wrong-port"
            )
            yield self._certify(today)

    def _certify(self, today: date) -> commands.CertifyRealisation:
        certificate = self._certificate(next(self._numbers))
        return commands.CertifyRealisation(receivable=self._bill, certificate=certificate, certified_on=today)

    def _certificate(self, number: int) -> str:
        return f"BRC-{self._order}-{number}"

    def _extend(self) -> None:
        shipped = self._stage.find(Receivable, receivable_id(self._bill))
        if shipped:
            later = shipped.due_on + timedelta(days=180)
            extended = commands.ExtendRealisation(receivable=self._bill, due_on=later, reference=f"AD/{self._order}")
            self._stage.say(extended, FINANCE)

    def _close(self) -> None:
        by_bank = self._turn % 3 == 0
        closed = commands.CloseReceivable(receivable=self._bill, by="bank" if by_bank else "declaration")
        self._stage.say(closed, FINANCE)

    def _amount(self, minor: int) -> Money:
        return Money(self._currency, minor)
