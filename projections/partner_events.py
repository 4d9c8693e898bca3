"""
A partner's events are all that concerns what it earns: its agreements, the commissions under them, what it is paid.

Read from the log, and what they move on its accounts from the journal.
"""

from datetime import date

from msgspec import Struct

from domain.agreement import AgreementCounted, AgreementSigned
from domain.envelope import Recorded
from domain.references import commission_id, payout_id
from projections.projection import POSITION_MAX, Connection
from projections.streams import references_of
from projections.timelines import events_of

_PAYOUTS = "SELECT payout FROM projections.payouts WHERE book = %s AND party = %s"
_PAYEES = """
    SELECT DISTINCT originator_id FROM ledger.events
    WHERE book = %s AND version = 1 AND starts_with(originator_id, %s)
"""
_POSTED = """
    SELECT position, posting_date, currency,
        coalesce(-sum(amount_minor) FILTER (WHERE account = %(accrued)s), 0)::int8,
        coalesce(-sum(amount_minor) FILTER (WHERE account = %(due)s), 0)::int8
    FROM projections.journal_postings
    WHERE book = %(book)s AND account IN (%(accrued)s, %(due)s) AND (%(currency)s = '' OR currency = %(currency)s)
    AND position <= %(up_to)s
    GROUP BY position, posting_date, currency ORDER BY currency, posting_date, position
"""


class PartnerPosting(Struct, frozen=True, gc=False):
    """
    What an event moved on a partner's accounts, in minor units, credits above zero.

    accrued: of commission that isn't due yet; due: of what the partner is owed.
    """

    position: int
    posting_date: date
    currency: str
    accrued_minor: int
    due_minor: int


def events_of_partner(connection: Connection, book: str, partner: str, *, up_to: int = POSITION_MAX) -> list[Recorded]:
    """
    Return what happened to a partner's agreements, the commissions under them, its payee accounts and payouts, the
    signing of its first agreement before all others; nothing for whom no agreement was signed with.

    Raises: LogCorrupt.
    """
    agreements = [
        each.originator_id
        for each in events_of(connection, book, references_of(connection, book, "agreement"), up_to=up_to)
        if isinstance(each.event, AgreementSigned) and each.event.partner == partner
    ]
    if not agreements:
        return []
    counted = events_of(connection, book, agreements, up_to=up_to)
    orders = {each.event.order for each in counted if isinstance(each.event, AgreementCounted)}
    payouts = [payout_id(payout) for (payout,) in connection.execute(_PAYOUTS, (book, partner))]
    payees = [payee for (payee,) in connection.execute(_PAYEES, (book, f"payee:{partner}/"))]
    references = [*agreements, *(commission_id(order) for order in sorted(orders)), *payouts, *payees]
    found = events_of(connection, book, references, up_to=up_to)
    first = next(each for each in found if each.originator_id == agreements[0])
    return [first, *(each for each in found if each is not first)]


def postings_of_partner(
    connection: Connection, book: str, partner: str, *, currency: str = "", up_to: int = POSITION_MAX
) -> list[PartnerPosting]:
    """Return what was posted to a partner's accounts, by currency, day and position. currency: all if empty."""
    asked = {"up_to": up_to, "accrued": f"accrued:partner:{partner}", "due": f"payable:partner:{partner}"}
    rows = connection.execute(_POSTED, {"book": book, "currency": currency, **asked})
    return [PartnerPosting(*row) for row in rows]
