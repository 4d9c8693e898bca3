"""Commands about agreements with partners and the commission under them."""

from collections.abc import Sequence
from datetime import date

from domain.agreement_terms import AgreementTerms
from domain.commands.command import Command, OrderCommand
from domain.proposal import Breakdown
from domain.references import ReleaseId, agreement_id


class AgreementCommand(Command, frozen=True, kw_only=True):
    """An intent about an agreement with a partner."""

    agreement: str

    def subjects(self) -> Sequence[str]:
        """Return the agreement."""
        return (agreement_id(self.agreement),)


class SignAgreement(AgreementCommand, frozen=True, kw_only=True):
    """Agree with a partner on commission from a day on; until a day, if one is named, without that day."""

    partner: str
    starts_on: date
    ends_on: date | None = None
    year_begins: int = 1
    """The month, from 1, on whose first day the agreement's years begin."""
    time_zone: str = "UTC"
    """Whose days the agreement counts."""
    terms: AgreementTerms


class AmendAgreement(AgreementCommand, frozen=True, kw_only=True):
    """Agree on other terms for orders placed from a day on, tomorrow or later."""

    starts_on: date
    terms: AgreementTerms


class EndAgreement(AgreementCommand, frozen=True, kw_only=True):
    """Let an agreement end: orders placed from a day on, tomorrow or later, bring the partner nothing."""

    ends_on: date
    reason: str


class AccrueCommission(OrderCommand, frozen=True, kw_only=True):
    """Let commission accrue on a release of an order whose exporter a partner brought."""

    release: ReleaseId
    breakdown: Breakdown


class EarnCommission(OrderCommand, frozen=True, kw_only=True):
    """Let what has accrued on an order become due to its partner, because no claim can be raised any more."""


class ClawBackCommission(OrderCommand, frozen=True, kw_only=True):
    """Take commission back in proportion to released money that was taken back, because of what `cause` names."""

    gross_minor: int
    cause: str
