"""
Bank details say where a party is paid, and where the operator's own accounts are.

A party's stand in its profile, confidential: `account_name`, `iban` or else `account_number` with `agent` (a BIC or an
Indian IFSC), and `bank_country`. They are read only to write a file for a bank, and that is recorded.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, NamedTuple

from api.composition import OpenedBook
from api.exchange.credit_transfers.accounts import iban_of, iban_problem
from api.exchange.credit_transfers.transfer import PartyAccount
from api.revealing import reveal_all
from domain.bank_account import BankAccountRegistered
from domain.envelope import Recorded
from domain.errors import Refused
from domain.party import Party
from domain.references import party_id
from ledger.reads import Reader
from projections.derived_rows import in_parts
from projections.moment import NOW, Moment
from projections.streams import folded, references_of, stream_of
from projections.timelines import events_at

DETAILS = ("account_name", "iban", "account_number", "agent", "bank_country")
IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
INDIAN_SYSTEM = "INFSC"
"""The clearing system whose members are numbered by IFSC. Source: ISO 20022, external clearing system codes."""


@dataclass(eq=False, kw_only=True)
class PayoutDebtorUnknown(Refused):
    """Nobody said which account at a bank this is: register it, with its number, its bank and its holder."""

    code: ClassVar[str] = "payout.debtor_unknown"
    hint: ClassVar[str] = "trade-ledger bank-account register"
    account: str
    currency: str


class Creditor(NamedTuple):
    """
    Where a party is paid.

    commitment: what stands in the log for the IBAN or the account's number; version: of the party, as it was read.
    """

    account: PartyAccount
    commitment: str
    version: int


class NoDetails(NamedTuple):
    """Why a party can't be paid by a file: what is missing of its details."""

    missing: str


def find_creditors(
    book: OpenedBook, reader: Reader, parties: Iterable[str], *, moment: Moment = NOW
) -> dict[str, Creditor | NoDetails]:
    """
    Return where parties were to be paid at a moment, or what is missing to know it. What is read is recorded.

    Raises, in this order: LogCorrupt, SubmissionMalformed.
    """
    found: dict[str, Creditor | NoDetails] = {}
    for some in in_parts(sorted(set(parties))):
        found |= _some(book, reader, some, moment)
    return found


def _some(book: OpenedBook, reader: Reader, parties: Sequence[str], moment: Moment) -> dict[str, Creditor | NoDetails]:
    with book.pool.connection() as connection:
        events = events_at(connection, book.name, [party_id(party) for party in parties], moment)
    histories = {name: list(history) for name, history in groupby(sorted(events, key=_whose), key=_whose)}
    registered = {name: folded(history, moment=moment) for name, history in histories.items()}
    known: dict[str, dict[str, str]] = {
        name: {party.profile[field]: field for field in DETAILS if field in party.profile}
        for name, party in registered.items()
        if isinstance(party, Party)
    }
    fields = {name: {each: f"profile.{field}" for each, field in named.items()} for name, named in known.items()}
    values = reveal_all(book, reader, fields)
    found: dict[str, Creditor | NoDetails] = {}
    for key in parties:
        name = party_id(key)
        party = registered.get(name)
        if not isinstance(party, Party):
            found[key] = NoDetails("isn't registered, so has no bank details")
            continue
        said = {known[name][each]: value.strip() for each, value in values[name].items() if value.strip()}
        found[key] = _creditor(party, said, version=histories[name][-1].originator_version)
    return found


def _whose(recorded: Recorded) -> str:
    return recorded.originator_id


def own_account(book: OpenedBook, account: str, currency: str) -> PartyAccount:
    """
    Return the account at a bank that an account of the ledger is in a currency.

    Raises: PayoutDebtorUnknown.
    """
    with book.pool.connection() as connection:
        for reference in references_of(connection, book.name, "bank_account"):
            first = stream_of(connection, book.name, reference, moment=NOW)[0].event
            is_it = isinstance(first, BankAccountRegistered) and (first.account, first.currency) == (account, currency)
            if is_it and isinstance(first, BankAccountRegistered):
                return _own(first)
    raise PayoutDebtorUnknown(account=account, currency=currency)


def _own(registered: BankAccountRegistered) -> PartyAccount:
    numbers = [each for each in registered.identifiers if not each.endswith("*")]
    iban = next((each for each in numbers if not iban_problem(iban_of(each))), "")
    agent = {"clearing_system": INDIAN_SYSTEM, "clearing_member": registered.bic}
    bank = agent if IFSC.fullmatch(registered.bic) else {"bic": registered.bic}
    return PartyAccount(
        name=registered.name,
        iban=iban,
        account="" if iban else next(iter(numbers), ""),
        country=registered.country,
        **bank,
    )


def _creditor(party: Party, said: dict[str, str], *, version: int) -> Creditor | NoDetails:
    numbered = "iban" if "iban" in said else "account_number"
    if missing := _missing(said, numbered):
        return NoDetails(missing)
    return Creditor(_account(said, numbered, country=party.country), party.profile[numbered], version)


def _missing(said: dict[str, str], numbered: str) -> str:
    if "account_name" not in said:
        return "account_name: whose the account is"
    if numbered not in said:
        return "iban, or account_number with agent: which account it is"
    if numbered == "account_number" and "agent" not in said:
        return "agent: the bank, by BIC or IFSC"
    return ""


def _account(said: dict[str, str], numbered: str, *, country: str) -> PartyAccount:
    agent = said.get("agent", "").replace(" ", "").upper()
    indian = IFSC.fullmatch(agent) is not None
    return PartyAccount(
        name=said["account_name"],
        iban=said["iban"] if numbered == "iban" else "",
        account="" if numbered == "iban" else said["account_number"],
        bic="" if indian else agent,
        clearing_system=INDIAN_SYSTEM if indian else "",
        clearing_member=agent if indian else "",
        country=country or said.get("bank_country", ""),
    )
