"""What might be said next about a shipping bill's value."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import get_args

from api.allowed.saying import ANY, Saying, Sayings
from domain import commands
from domain.money import Money
from domain.receivable import Receivable
from domain.receivable_events import CancelledBy
from domain.references import key_of
from domain.remittance import Remittance

_A_DAY = timedelta(days=1)


def sayings_about_receivable(
    shipped: Receivable, remittances: Iterable[Remittance], orders: Iterable[str], *, at: datetime
) -> Sayings:
    """
    Yield what might be said about a shipping bill: of the exporter's remittances that are left, of its orders.

    at: the instant at which it would be said.
    """
    key, one = key_of(shipped.reference), Money(shipped.currency, 1)
    for order in orders:
        yield Saying(commands.LinkOrder(receivable=key, order=order, amount=one), ("order",))
    for money in remittances:
        used = Money(money.currency, 1)
        realised = None if used.currency == one.currency else one
        said = commands.AllocateRemittance(
            receivable=key, remittance=key_of(money.reference), amount=used, realised=realised
        )
        yield Saying(said, ("remittance",))
    yield from _about_parts(shipped, key)
    yield Saying(commands.DeductFromReceivable(receivable=key, reason="other", amount=one))
    certificate = f"{ANY}-{len(shipped.certificates) + 1}"
    certified_on = at.date() - _A_DAY
    yield Saying(commands.CertifyRealisation(receivable=key, certificate=certificate, certified_on=certified_on))
    yield Saying(commands.ExtendRealisation(receivable=key, due_on=shipped.due_on + _A_DAY, reference=ANY))
    yield Saying(commands.CloseReceivable(receivable=key, by="declaration"), ("by",))
    yield Saying(commands.CloseReceivable(receivable=key, by="bank"), ("by",))


def _about_parts(shipped: Receivable, key: str) -> Sayings:
    for realisation in shipped.realisations:
        said = commands.FreeRemittance(receivable=key, realisation=realisation.number, reason=ANY)
        yield Saying(said, ("realisation",))
    for deduction in shipped.deductions:
        yield Saying(commands.WithdrawDeduction(receivable=key, deduction=deduction.number, reason=ANY), ("deduction",))
    for certificate in shipped.certificates:
        for by in get_args(CancelledBy):
            cancelled = commands.CancelCertificate(
                receivable=key, certificate=certificate.certificate, by=by, reason=ANY
            )
            yield Saying(cancelled, ("certificate", "by"))
