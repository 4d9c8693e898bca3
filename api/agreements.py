"""Agreements with partners as the API and the command line show them, read from the log."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import msgspec

from domain.agreement import Agreement, TermsVersion, YearTotal
from domain.errors import NotFound
from domain.references import agreement_id
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import aggregate_of


@dataclass(eq=False, kw_only=True)
class AgreementNotFound(NotFound):
    """No agreement was signed under this key."""

    code: ClassVar[str] = "agreement.not_found"
    agreement: str


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """
    An agreement: with whom, from when on which terms, and what its years came to.

    ends_on: the first day on which it isn't in force any more, nothing where none is agreed.
    """

    agreement: str
    partner: str
    ends_on: date | None
    year_begins: int
    time_zone: str
    versions: tuple[TermsVersion, ...]
    totals: tuple[YearTotal, ...]


def get_agreement(connection: Connection, book: str, agreement: str, *, moment: Moment = NOW) -> AgreementView:
    """
    Return an agreement by key, as it stood at a moment.

    Raises: AgreementNotFound.
    """
    found = aggregate_of(connection, book, agreement_id(agreement), moment=moment)
    if not isinstance(found, Agreement):
        raise AgreementNotFound(agreement=agreement)
    return AgreementView(
        agreement=agreement,
        partner=found.partner,
        ends_on=found.ends_on,
        year_begins=found.year_begins,
        time_zone=found.time_zone,
        versions=found.versions,
        totals=found.totals,
    )
