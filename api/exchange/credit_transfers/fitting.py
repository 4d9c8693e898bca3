"""
Fitting is what makes a file of transfers one that every bank can take.

Texts are respelled and cut, and each change is told. Nothing that identifies is ever mended: an id, an account or a
bank that can't be written as it is keeps the whole file back.
"""

import re
from datetime import datetime

import msgspec
from msgspec import Struct

from api.exchange.credit_transfers.accounts import (
    SEPA_COUNTRIES,
    account_problem,
    bic_problem,
    iban_of,
    iban_problem,
    is_system_code,
    member_problem,
)
from api.exchange.credit_transfers.characters import has_letter, has_word, spelled
from api.exchange.credit_transfers.transfer import (
    PAIN_001_03,
    PAIN_001_09,
    Changed,
    CreditTransfer,
    CreditTransferFile,
    CreditTransfersUnwritable,
    Initiator,
    PartyAccount,
    Unwritable,
)
from domain.countries import COUNTRIES
from domain.money import MINOR_MAX, CurrencyUnknown, Money, exponent_of

MESSAGE_ID_MAX = 30
ID_MAX = 35
NAME_MAX = 140
SEPA_NAME_MAX = 70
SEPA_AMOUNT_MINOR_MAX = 99_999_999_999
"""In cents. Source: EPC125-05, the rulebook of SEPA credit transfers."""
REMITTANCE_MAX = 140
_ADDRESS_MAX = {"street": 70, "postcode": 16, "town": 35}
_ID = re.compile(r"[A-Za-z0-9?:().,'+-]+(?:/[A-Za-z0-9?:().,'+-]+)*")
"""Neither begins nor ends with a slash, has no two in a row. Source: EPC132-08, section 1.4 (references)."""
_PURPOSE = re.compile(r"[A-Z]{4}")
SYSTEM_WORDS_MAX = 35


class Fitted(Struct, frozen=True):
    """A file that every bank can take, and how it differs from what was asked for."""

    file: CreditTransferFile
    changed: tuple[Changed, ...]


def fitted(file: CreditTransferFile) -> Fitted:
    """
    Return the file with all texts in characters and lengths that banks take.

    Raises: CreditTransfersUnwritable, with the problems in the order of the file.
    """
    return _Fitting(file).result()


def is_sepa(debtor: PartyAccount, transfer: CreditTransfer) -> bool:
    """Return whether a transfer goes through SEPA: in euro, not above its limit, between IBANs of its countries."""
    if transfer.amount.minor > SEPA_AMOUNT_MINOR_MAX:
        return False
    ibans = (iban_of(debtor.iban), iban_of(transfer.creditor.iban))
    return transfer.amount.currency == "EUR" and all(iban[:2] in SEPA_COUNTRIES for iban in ibans)


class _Fitting:
    """One file on its way."""

    def __init__(self, file: CreditTransferFile) -> None:
        self._file = file
        self._changed: list[Changed] = []
        self._problems: list[Unwritable] = []
        self._payout = ""

    def result(self) -> Fitted:
        file = self._file
        self._check_head()
        fit = msgspec.structs.replace(
            file,
            initiator=self._initiator(file.initiator),
            debtor=self._party(file.debtor, "debtor", name_max=SEPA_NAME_MAX),
            transfers=self._transfers(),
        )
        if self._problems:
            raise CreditTransfersUnwritable(message_id=file.message_id[:80], problems=tuple(self._problems))
        return Fitted(fit, tuple(self._changed))

    def _check_head(self) -> None:
        file = self._file
        if file.message not in {PAIN_001_09, PAIN_001_03}:
            self._problem("message", f"is neither {PAIN_001_09} nor {PAIN_001_03}")
        self._check_id("message_id", file.message_id, length_max=MESSAGE_ID_MAX)
        if not _has_zone(file.created_at):
            self._problem("created_at", "has no time zone")
        if not file.transfers:
            self._problem("transfers", "there are none")

    def _transfers(self) -> tuple[CreditTransfer, ...]:
        seen, fit = set[str](), list[CreditTransfer]()
        for transfer in self._file.transfers:
            self._payout = transfer.payout
            self._check_id("payout", transfer.payout, length_max=ID_MAX)
            if transfer.payout in seen:
                self._problem("payout", "stands in the file twice")
            seen.add(transfer.payout)
            fit.append(self._transfer(transfer))
        return tuple(fit)

    def _transfer(self, transfer: CreditTransfer) -> CreditTransfer:
        self._check_amount(transfer.amount)
        if transfer.purpose and not _PURPOSE.fullmatch(transfer.purpose):
            self._problem("purpose", "is no code of ISO's list: four capitals, as COMM")
        name_max = SEPA_NAME_MAX if is_sepa(self._file.debtor, transfer) else NAME_MAX
        return msgspec.structs.replace(
            transfer,
            creditor=self._party(transfer.creditor, "creditor", name_max=name_max),
            remittance=self._text("remittance", transfer.remittance, length_max=REMITTANCE_MAX),
        )

    def _check_amount(self, amount: Money) -> None:
        try:
            exponent_of(amount.currency)
        except CurrencyUnknown:
            self._problem("amount", "is in no currency of ISO 4217 that has minor units")
        if not 0 < amount.minor <= MINOR_MAX:
            self._problem("amount", "is nothing, below nothing, or beyond what can be kept exactly")

    def _initiator(self, initiator: Initiator) -> Initiator:
        if initiator.identification:
            self._check_id("initiator.identification", initiator.identification, length_max=ID_MAX)
        return msgspec.structs.replace(
            initiator, name=self._name("initiator.name", initiator.name, length_max=SEPA_NAME_MAX)
        )

    def _party(self, party: PartyAccount, role: str, *, name_max: int) -> PartyAccount:
        name = self._name(f"{role}.name", party.name, length_max=name_max)
        self._check_account(party, role)
        self._check_bank(party, role)
        if party.country and party.country not in COUNTRIES:
            self._problem(f"{role}.country", "is no country of ISO 3166-1: two capitals, as IN")
        parts = {
            part: self._text(f"{role}.{part}", getattr(party, part), length_max=length)
            for part, length in _ADDRESS_MAX.items()
        }
        system = party.clearing_system
        if system and not is_system_code(system):
            system = self._name(f"{role}.clearing_system", system, length_max=SYSTEM_WORDS_MAX)
        return msgspec.structs.replace(party, name=name, iban=iban_of(party.iban), clearing_system=system, **parts)

    def _check_account(self, party: PartyAccount, role: str) -> None:
        if bool(party.iban) == bool(party.account):
            self._problem(f"{role}.iban", "one is needed, an IBAN or an account, and not both")
        elif party.iban:
            self._told(f"{role}.iban", iban_problem(iban_of(party.iban)))
        else:
            self._told(f"{role}.account", account_problem(party.account))
            if not party.bic and not party.clearing_member:
                self._problem(f"{role}.bic", "an account that is no IBAN needs its bank: a BIC or a clearing system's")
        if party.currency:
            try:
                exponent_of(party.currency)
            except CurrencyUnknown:
                self._problem(f"{role}.currency", "is no currency of ISO 4217 that has minor units")

    def _check_bank(self, party: PartyAccount, role: str) -> None:
        if party.bic:
            self._told(f"{role}.bic", bic_problem(party.bic, is_early=self._file.message == PAIN_001_03))
        if bool(party.clearing_system) != bool(party.clearing_member):
            self._problem(f"{role}.clearing_system", "a clearing system and the bank's number in it come together")
        elif party.clearing_member:
            self._told(f"{role}.clearing_member", member_problem(party.clearing_system, party.clearing_member))

    def _check_id(self, field: str, value: str, *, length_max: int) -> None:
        if len(value) > length_max or not _ID.fullmatch(value):
            self._problem(
                field,
                f"is no id: 1 to {length_max} Latin letters, digits and ? : ( ) . , ' + - with single slashes between",
            )

    def _name(self, field: str, text: str, *, length_max: int) -> str:
        """Return a text that has to be there, and of whose letters some are left."""
        fit = self._text(field, text, length_max=length_max)
        if not text:
            self._problem(field, "is missing")
        elif not has_letter(fit) and fit != text:
            self._problem(field, "holds no letter that a bank can take: give it in Latin letters")
        return fit

    def _text(self, field: str, text: str, *, length_max: int) -> str:
        """Return a text as it can be written, empty where nothing of it can be."""
        spelling = spelled(text, length_max=length_max)
        after = spelling.text if has_word(spelling.text) else ""
        if after != text:
            self._changed.append(Changed(self._payout, field, text, after, spelling.is_lost or not after))
        return after

    def _told(self, field: str, problem: str) -> None:
        if problem:
            self._problem(field, problem)

    def _problem(self, field: str, reason: str) -> None:
        self._problems.append(Unwritable(self._payout[:80], field, reason))


def _has_zone(instant: datetime) -> bool:
    return instant.utcoffset() is not None
