"""Under which version of the rules a command is decided, so that a refusal by one of its numbers can name it."""

from domain import commands
from domain.commands import Command, OrderCommand
from domain.errors import LedgerError
from domain.order import Order
from domain.party import Party
from domain.receivable import Receivable
from domain.references import order_id, party_id, receivable_id
from domain.unit_of_work import UnitOfWork


def name_rulebook(refused: LedgerError, command: Command, uow: UnitOfWork) -> None:
    """Let what a command was refused with, by a rule of a rulebook, say of which version."""
    if refused.rule:
        refused.ruled_by = _rulebook_of(command, uow)


def _rulebook_of(command: Command, uow: UnitOfWork) -> str:
    match command:
        case commands.PlaceOrder(rulebook=rulebook) | commands.TakeOverOrder(rulebook=rulebook):
            return f"rulebook:{rulebook}"
        case commands.ForgetParty(party=party):
            leaving = uow.find(Party, party_id(party))
            return leaving.rulebook if leaving else ""
        case commands.ReceivableCommand(receivable=key):
            shipped = uow.find(Receivable, receivable_id(key))
            return shipped.rulebook if shipped else ""
        case OrderCommand(order=key):
            order = uow.find(Order, order_id(key))
            return order.terms.rulebook if order else ""
        case _:
            return ""
