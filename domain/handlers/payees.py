"""How what a party may be paid goes up and down with what is posted to its accounts."""

from domain.payee_account import PayeeControl, PayeeCredited, PayeeDebited
from domain.references import payee_id
from domain.unit_of_work import UnitOfWork


def credit(
    party: str, currency: str, amount_minor: int, source: str, uow: UnitOfWork, *, account: PayeeControl
) -> None:
    """
    Let a party be owed more on its part of `account`, in minor units, because of what `source` names; nothing happens
    for nothing.
    """
    if amount_minor:
        event = PayeeCredited(amount_minor=amount_minor, source=source, account=account)
        uow.record(payee_id(party, currency), event)


def debit(party: str, currency: str, amount_minor: int, source: str, uow: UnitOfWork, *, account: PayeeControl) -> None:
    """
    Let a party be owed less on its part of `account`, in minor units, because of what `source` names; nothing happens
    for nothing.
    """
    if amount_minor:
        event = PayeeDebited(amount_minor=amount_minor, source=source, account=account)
        uow.record(payee_id(party, currency), event)
