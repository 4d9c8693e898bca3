"""Whose statement it is: the account at a bank that a file means, by what its bank calls it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from api.exchange.bank_statements.statement import account_named
from domain.errors import Conflict, NotFound
from projections.reconciliation_rows import BankAccountRow


@dataclass(eq=False, kw_only=True)
class BankAccountNotFound(NotFound):
    """No account at a bank is registered that is called so, in this currency."""

    code: ClassVar[str] = "bank.account_not_found"
    hint: ClassVar[str] = (
        "register it: trade-ledger bank-account register KEY --account bank:safeguarded:NAME --currency CODE "
        "--identifier NUMBER --name NAME"
    )
    named: str
    currency: str


@dataclass(eq=False, kw_only=True)
class BankAccountAmbiguous(Conflict):
    """Several accounts are registered that are called so: name the one that is meant by its key."""

    code: ClassVar[str] = "bank.account_ambiguous"
    named: str
    currency: str
    bank_accounts: tuple[str, ...]


def compact(identifier: str) -> str:
    """Return what a bank calls an account as it is registered: in capitals, without spaces."""
    return "".join(identifier.split()).upper()


def account_meant(
    accounts: Sequence[BankAccountRow], *, named: str, currency: str, key: str | None = None
) -> BankAccountRow:
    """
    Return the account that a statement is of. named: as the statement calls it; key: of the one that a person means.

    Raises, in this order: BankAccountNotFound, BankAccountAmbiguous.
    """
    meant = [one for one in accounts if one.currency == currency and _is_called(one, named, currency, key)]
    if not meant:
        raise BankAccountNotFound(named=key or named, currency=currency)
    if len(meant) > 1:
        keys = tuple(one.bank_account for one in meant)
        raise BankAccountAmbiguous(named=named, currency=currency, bank_accounts=keys)
    return meant[0]


def _is_called(account: BankAccountRow, named: str, currency: str, key: str | None) -> bool:
    if key is not None:
        return account.bank_account == key
    said = compact(account_named(named, currency))
    exact = {said, compact(named), said.rpartition("/")[2]} - {""}
    begins = [each.removesuffix("*") for each in account.identifiers if each.endswith("*")]
    return bool(exact & set(account.identifiers)) or any(said.startswith(each) for each in begins)
