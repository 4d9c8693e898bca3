"""
A commission statement tells a partner what accrued, became due and was paid, order by order, between two days.

Each line names the event that it is of, by its position in the log, so that the partner can check it in an evidence
pack with nobody's help; opening balance and lines come to the closing balance, which is that of the partner's account.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from msgspec import Struct

from api.packs.making import PartnerNotFound
from domain.envelope import Recorded
from domain.references import key_of, kind_of
from projections.partner_events import PartnerPosting, events_of_partner, postings_of_partner
from projections.projection import POSITION_MAX, Connection


class CommissionLine(Struct, frozen=True, kw_only=True):
    """
    What an event moved, in minor units. order: empty where it is of none; exporter: whose trade it is of.

    accrued: of what isn't due yet; due: of what the partner is owed.
    """

    position: int
    posted_on: date
    topic: str
    order: str
    exporter: str
    accrued_minor: int
    due_minor: int


class CommissionStatement(Struct, frozen=True, kw_only=True):
    """
    A partner's statement in one currency, in minor units; opening + the lines = closing, of both.

    first_on, last_on: nothing where it isn't cut there.
    """

    partner: str
    currency: str
    first_on: date | None
    last_on: date | None
    opening_accrued_minor: int
    opening_due_minor: int
    closing_accrued_minor: int
    closing_due_minor: int
    lines: list[CommissionLine]


def commission_statements(
    connection: Connection,
    book: str,
    partner: str,
    *,
    first_on: date | None = None,
    last_on: date | None = None,
    currency: str = "",
    position: int = POSITION_MAX,
) -> list[CommissionStatement]:
    """
    Return a partner's statements as known at a position, one for each currency. first_on, last_on: days of posting,
    both included.

    Raises: PartnerNotFound.
    """
    events = events_of_partner(connection, book, partner, up_to=position)
    if not events:
        raise PartnerNotFound(partner=partner)
    known = {each.position: each for each in events}
    postings = postings_of_partner(connection, book, partner, currency=currency, up_to=position)
    return [
        _statement(partner, held_in, list(mine), known, first_on=first_on, last_on=last_on)
        for held_in, mine in groupby(postings, key=lambda each: each.currency)
    ]


def _statement(
    partner: str,
    currency: str,
    postings: Sequence[PartnerPosting],
    known: dict[int, Recorded],
    *,
    first_on: date | None,
    last_on: date | None,
) -> CommissionStatement:
    before = [each for each in postings if first_on and each.posting_date < first_on]
    within = [each for each in postings[len(before) :] if last_on is None or each.posting_date <= last_on]
    return CommissionStatement(
        partner=partner,
        currency=currency,
        first_on=first_on,
        last_on=last_on,
        opening_accrued_minor=_accrued(before),
        opening_due_minor=_due(before),
        closing_accrued_minor=_accrued([*before, *within]),
        closing_due_minor=_due([*before, *within]),
        lines=[_line(each, known.get(each.position)) for each in within],
    )


def _accrued(postings: Iterable[PartnerPosting]) -> int:
    return sum(each.accrued_minor for each in postings)


def _due(postings: Iterable[PartnerPosting]) -> int:
    return sum(each.due_minor for each in postings)


def _line(posting: PartnerPosting, recorded: Recorded | None) -> CommissionLine:
    about = recorded.originator_id if recorded else ""
    return CommissionLine(
        position=posting.position,
        posted_on=posting.posting_date,
        topic=recorded.topic if recorded else "",
        order=key_of(about) if kind_of(about) == "commission" else "",
        exporter=str(getattr(recorded.event, "exporter", "")) if recorded else "",
        accrued_minor=posting.accrued_minor,
        due_minor=posting.due_minor,
    )
