"""
Realisation is the coming home of what an export earned: by when, under which purpose code, with which doubts.

Days are those of the documents, months those of the calendar: a month after the last day of January is the last day of
February. Source: shared reference, sections 3.2, 7 (17) and 9.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from domain.money import Money
from domain.order import Line
from domain.rules import RealisationWindow, Rules

RUPEE = "INR"
MONTHS_A_YEAR = 12

PURPOSE = re.compile(r"P[0-9]{4}")
"""How an inward purpose code is written."""
ADVANCE_PURPOSES = frozenset({"P0103"})
"""Under which money comes before the goods are shipped. Source: section 7 (17)."""


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it has no such day."""
    count = day.month - 1 + months
    year, month = day.year + count // MONTHS_A_YEAR, count % MONTHS_A_YEAR + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def window_on(rules: Rules, day: date) -> RealisationWindow:
    """Return the row of the rules that holds for goods shipped, or money received, on a day."""
    rows = rules.realisation_months
    return next((row for row in reversed(rows) if row.shipped_from is None or row.shipped_from <= day), rows[0])


def due_on(rules: Rules, shipped_on: date, *, currencies: Sequence[str]) -> date:
    """
    Return the last day on which export value may come home.

    currencies: in which it is invoiced and settled; one of them in rupees has the rupee's months.
    """
    window = window_on(rules, shipped_on)
    return months_after(shipped_on, window.rupee_months if RUPEE in currencies else window.months)


def ship_by(rules: Rules, received_on: date, *, purpose: str) -> date | None:
    """Return the last day on which goods may follow money paid in advance; nothing where it wasn't."""
    if purpose not in ADVANCE_PURPOSES:
        return None
    return months_after(received_on, window_on(rules, received_on).advance_months)


def advance_after_shipment(*, purpose: str, received_on: date, shipped_on: date) -> bool:
    """Return whether an advance's purpose code was used for money that came after the shipment."""
    return purpose in ADVANCE_PURPOSES and received_on > shipped_on


def shipped_too_late(*, advance_ship_by: date | None, shipped_on: date) -> bool:
    """Return whether goods followed an advance later than they may."""
    return advance_ship_by is not None and shipped_on > advance_ship_by


def may_hit_cap(rules: Rules, *, value: Money, invoiced: Money, lines: Sequence[Line]) -> bool:
    """
    Return whether a cross-border aggregator's cap may be hit, by the basis that the rules count by.

    value: what the shipment is worth; invoiced: what of it was invoiced; lines: of its orders, in the invoices'
    currency, of which one piece is worth as much of the value as of the invoices.
    """
    for worth in (value, invoiced):
        cap_minor = rules.pa_cb_warn_minor.get(worth.currency)
        if cap_minor is None:
            continue
        if rules.pa_cb_basis == "transaction" and worth.minor > cap_minor:
            return True
        if rules.pa_cb_basis == "unit" and any(
            line.amount_minor * worth.minor > cap_minor * line.quantity * invoiced.minor for line in lines
        ):
            return True
    return False
