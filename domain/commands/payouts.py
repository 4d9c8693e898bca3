"""Commands about payouts: planned, approved, told to the bank in a file, and what the bank answers."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from domain.commands.command import Command
from domain.money import Money
from domain.references import party_id, payee_id, payout_file_id, payout_id


class PayoutCommand(Command, frozen=True, kw_only=True):
    """An intent about one payout."""

    payout: str

    def subjects(self) -> Sequence[str]:
        """Return the payout."""
        return (payout_id(self.payout),)


class PlanPayout(PayoutCommand, frozen=True, kw_only=True):
    """
    Plan to pay a party everything that it may be paid in a currency, less what is already on its way.

    pays_from: the bank account; rulebook: whose minimum, schedule and approvals hold where the party isn't registered
    under one; reissues: the rejected or returned payout in whose stead this is.
    """

    party: str
    currency: str
    pays_from: str
    pay_on: date
    rulebook: str = "standard/1"
    reissues: str = ""

    def subjects(self) -> Sequence[str]:
        """Return the payout and the payee account."""
        return payout_id(self.payout), payee_id(self.party, self.currency)


class PlanSweep(PayoutCommand, frozen=True, kw_only=True):
    """
    Plan to move the operator's fees out of the safeguarded account to one of its own.

    available_minor: how much of what stands there is the operator's, as the books say; the ledger itself asks them, so
    it is no part of what was said.
    """

    amount: Money
    pays_from: str
    pays_to: str
    pay_on: date
    available_minor: int = 0

    def said(self) -> Command:
        """Return the intent without what the books said."""
        return replace(self, available_minor=0)


class PlanRemittance(PayoutCommand, frozen=True, kw_only=True):
    """
    Plan to pay the authority what stands on a tax account.

    authority: the key of the party that it is, whose bank details a file names, where one is registered;
    available_minor: what stands there, as the books say; the ledger itself asks them, so it is no part of what was
    said.
    """

    amount: Money
    pays_from: str
    tax: str
    pay_on: date
    authority: str = ""
    available_minor: int = 0

    def said(self) -> Command:
        """Return the intent without what the books said."""
        return replace(self, available_minor=0)


class ApprovePayout(PayoutCommand, frozen=True, kw_only=True):
    """Agree to a payout as another person."""


class CancelPayout(PayoutCommand, frozen=True, kw_only=True):
    """Give a payout up before the bank is told."""

    reason: str


class InstructedPayout(Struct, frozen=True, kw_only=True):
    """
    A payout in a file, whom it is to, and what stands for the bank details that the file names.

    creditor is empty where the operator pays itself, party where whom it is to isn't registered either.
    """

    payout: str
    party: str = ""
    creditor: str = ""


class InstructPayouts(Command, frozen=True, kw_only=True):
    """
    Tell the bank, in one file, to pay approved payouts of one account and currency on one day.

    file: its message id; sha256: of its bytes.
    """

    file: str
    format: str
    pays_from: str
    currency: str
    pay_on: date
    sha256: str
    payouts: tuple[InstructedPayout, ...]

    def subjects(self) -> Sequence[str]:
        """Return the file, the payouts, and whom they are to."""
        parties = sorted({each.party for each in self.payouts if each.party})
        return (
            payout_file_id(self.file),
            *(payout_id(each.payout) for each in self.payouts),
            *(payee_id(party, self.currency) for party in parties),
            *(party_id(party) for party in parties),
        )


class AcceptPayout(PayoutCommand, frozen=True, kw_only=True):
    """Record that the bank will pay. `answer`: the code of its status, as ACSP."""

    answer: str


class RejectPayout(PayoutCommand, frozen=True, kw_only=True):
    """Record that the bank won't pay. `reason`: its code, as AC04."""

    reason: str
