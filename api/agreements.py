"""Agreements with partners as the API and the command line show them, read from the log."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import msgspec

from api.resources.trade_parts import Parts
from domain.agreement import Agreement, TermsVersion, YearTotal
from domain.errors import NotFound
from domain.references import agreement_id, key_of
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import aggregate_of, references_of


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


class AgreementRow(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as a list shows it. versions: how many terms there were, the last from a day on."""

    agreement: str
    partner: str
    starts_on: date
    ends_on: date | None
    time_zone: str
    versions: int
    terms_from: date


def all_agreements(
    connection: Connection, book: str, *, partner: str | None = None, moment: Moment = NOW
) -> list[AgreementRow]:
    """Return every agreement, or those with a partner, as they stood at a moment, in the order of their signing."""
    names = references_of(connection, book, "agreement", moment=moment)
    parts = Parts(connection, book, names, moment)
    found = (parts.load(name).aggregate for name in names)
    return [_row(each) for each in found if isinstance(each, Agreement) and partner in {None, each.partner}]


def _row(agreement: Agreement) -> AgreementRow:
    return AgreementRow(
        agreement=key_of(agreement.reference),
        partner=agreement.partner,
        starts_on=agreement.versions[0].starts_on,
        ends_on=agreement.ends_on,
        time_zone=agreement.time_zone,
        versions=len(agreement.versions),
        terms_from=agreement.versions[-1].starts_on,
    )
