"""How a difference between bank and ledger is said, and how what explains it closes its break."""

from domain.bank_entry import BankEntry
from domain.break_events import BreakResolved, How
from domain.open_item import OpenItem
from domain.payout import Payout
from domain.reconciliation_break import Break, Found, break_id, raise_or_reclassify
from domain.references import kind_of, number_of_line, settlement_of_line
from domain.settlement import Settlement
from domain.unit_of_work import UnitOfWork

UNPAID = ("instructed", "accepted")
"""How a payout stands that the bank hasn't paid, rejected or returned."""


def find_open_break(subject: str, uow: UnitOfWork) -> Break | None:
    """Return the open break about a subject, or nothing."""
    found = uow.find(Break, break_id(subject))
    return found if found and found.is_open else None


def say(found: Found, uow: UnitOfWork) -> bool:
    """Raise a break, or say that it is another one than was thought; return whether that wasn't known."""
    name = break_id(found.subject)
    said = raise_or_reclassify(uow.find(Break, name), found)
    if said:
        uow.record(name, said)
    return said is not None


def explain(subject: str, *, how: How, by: str, uow: UnitOfWork) -> None:
    """Close the break about a subject, if one is open."""
    if found := find_open_break(subject, uow):
        uow.record(found.reference, BreakResolved(how=how, by=by))


def is_settled(subject: str, uow: UnitOfWork) -> bool:
    """
    Return whether nothing about a subject is open any more.

    Raises: AggregateNotFound, for an entry or a payout that isn't there.
    """
    match kind_of(subject):
        case "bank_entry":
            return bool(uow.get(BankEntry, subject).match)
        case "open_item":
            item = uow.find(OpenItem, subject)
            return item is not None and not item.open_minor
        case "payout":
            return uow.get(Payout, subject).status not in UNPAID
        case "settlement_line":
            return not uow.get(Settlement, settlement_of_line(subject)).is_open(number_of_line(subject))
        case _:
            return False
