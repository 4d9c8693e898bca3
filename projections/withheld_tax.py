"""
Withheld tax and GST on commission, quarter by quarter: what a certificate tells, line by line from events.

There is no table: the histories of the commissions that moved since the quarter began are read from the log. A line
stands under the code and section of the day of its deduction, whatever day it is given back on. The day is that of the
commission's agreement, which a table of tax makes the country's own. Source: shared reference, sections 3.3, 3.4 and 9.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from domain.agreement import AgreementSigned
from domain.agreement_terms import Payer
from domain.commission import (
    CommissionAccrued,
    CommissionClawedBack,
    CommissionEarned,
    CommissionTaxWithheld,
)
from domain.envelope import Recorded
from domain.fiscal_quarter import FiscalQuarter
from domain.references import agreement_id, commission_id, key_of
from domain.tax import WITHHOLDING, GstTreatment
from domain.working_days import WorkingCalendar
from projections.derived_rows import in_parts
from projections.moment import NOW, Moment
from projections.projection import POSITION_MAX, Connection
from projections.timelines import counted, events_of

TaxKind = Literal["withheld", "gst"]
LineKind = Literal["deducted", "given_back"]

_EXPORTERS = """
    SELECT DISTINCT exporter FROM projections.commissions
    WHERE book = %s AND (%s::text IS NULL OR partner = %s) AND month >= %s
    ORDER BY exporter
"""
_ORDERS = """
    SELECT "order" FROM projections.orders WHERE book = %s AND exporter = ANY(%b::text[]) ORDER BY "order" COLLATE "C"
"""
_REMITTED = """
    SELECT e.originator_id, e.posting_date, p.position, p.account, p.amount_minor
    FROM projections.journal_postings p
    JOIN projections.journal_entries e ON e.book = p.book AND e.position = p.position
    WHERE p.book = %s AND p.account = ANY(%b::text[]) AND p.currency = %s AND p.position <= %s
    AND starts_with(e.originator_id, 'payout:') AND e.posting_date BETWEEN %s AND %s
    ORDER BY p.position, p.line
"""
_REMITTED_DAYS = 92
"""So long after a quarter its tax may still be on its way to the authority."""


class TaxLine(Struct, frozen=True, kw_only=True):
    """
    Tax on one earning, or what of it was given back: then base and tax are below zero. levy: which of the two taxes.

    on: the day that this line is of; deducted_on: the day of the earning, whose code, section and rate count; code: of
    the tax withheld, or how GST was treated; reference and position: of the event.
    """

    levy: TaxKind
    kind: LineKind
    on: date
    deducted_on: date
    code: str
    section: str
    rate_bps: int
    base_minor: int
    tax_minor: int
    order: str
    earning: int
    reference: str
    position: int
    posting_date: date


class TaxTotal(Struct, frozen=True, kw_only=True):
    """What lines of one tax, code and rate come to: deducted, given back (below zero), and both together."""

    levy: TaxKind
    code: str
    section: str
    rate_bps: int
    lines: int
    base_minor: int
    deducted_minor: int
    base_back_minor: int
    given_back_minor: int
    net_minor: int
    first_on: date
    last_on: date


class Remittance(Struct, frozen=True, kw_only=True):
    """What a payout took from a code's account for the authority, for all partners; below zero where it came back."""

    payout: str
    code: str
    posting_date: date
    position: int
    amount_minor: int


class TaxCertificate(Struct, frozen=True, kw_only=True):
    """
    What one payer withheld from one partner's commission in a quarter, and which GST it bore.

    payer: who deducted, the operator or an exporter, whose key is then given; totals: by tax, code and rate; lines: in
    the order of the log; remittances: of the codes withheld under, from the quarter's first day to three months after
    its last.
    """

    partner: str
    payer: Payer
    exporter: str
    currency: str
    quarter: str
    first_day: date
    last_day: date
    totals: tuple[TaxTotal, ...]
    lines: tuple[TaxLine, ...]
    remittances: tuple[Remittance, ...]


_Key = tuple[str, Payer, str, str]
"""Partner, payer, exporter where it is the payer, currency."""


def tax_certificates(
    connection: Connection,
    book: str,
    quarter: FiscalQuarter,
    *,
    partner: str | None = None,
    moment: Moment = NOW,
) -> list[TaxCertificate]:
    """Return a quarter's certificates, of one partner or all, by partner, payer and currency."""
    found: dict[_Key, list[TaxLine]] = {}
    for key, line in _lines(connection, book, quarter, partner, moment):
        found.setdefault(key, []).append(line)
    return [_certificate(connection, book, key, quarter, found[key], moment) for key in sorted(found)]


def _lines(
    connection: Connection, book: str, quarter: FiscalQuarter, partner: str | None, moment: Moment
) -> Iterator[tuple[_Key, TaxLine]]:
    since = quarter.first_day - timedelta(days=1)  # in another zone the month of posting may be the one before
    rows = connection.execute(_EXPORTERS, (book, partner, partner, since.replace(day=1)))
    exporters = [exporter for (exporter,) in rows]
    orders = [order for (order,) in connection.execute(_ORDERS, (book, exporters))]
    zones: dict[str, WorkingCalendar] = {}
    for some in in_parts(orders):
        events = events_of(connection, book, [commission_id(order) for order in some], up_to=moment.position)
        mine = [each for each in counted(events, moment) if partner in {None, getattr(each.event, "partner", None)}]
        _read_zones(connection, book, mine, zones)
        yield from _lines_of(mine, zones, quarter)


def _read_zones(
    connection: Connection, book: str, events: Iterable[Recorded], zones: dict[str, WorkingCalendar]
) -> None:
    names = {agreement_id(each.event.agreement) for each in events if isinstance(each.event, CommissionAccrued)}
    unknown = [name for name in names if key_of(name) not in zones]
    for each in events_of(connection, book, unknown) if unknown else ():
        if isinstance(each.event, AgreementSigned):
            zones[key_of(each.originator_id)] = WorkingCalendar(each.event.time_zone)


def _lines_of(
    events: Iterable[Recorded], zones: dict[str, WorkingCalendar], quarter: FiscalQuarter
) -> Iterator[tuple[_Key, TaxLine]]:
    earned: dict[tuple[str, int], tuple[CommissionEarned, date]] = {}
    withheld: dict[tuple[str, int], tuple[CommissionTaxWithheld, date]] = {}
    for each in events:
        event = each.event
        if not isinstance(event, CommissionEarned | CommissionTaxWithheld | CommissionClawedBack):
            continue
        on = zones[event.agreement].day_of(each.state.occurred_at)
        if isinstance(event, CommissionEarned):
            earned[each.originator_id, event.number] = event, on
        elif isinstance(event, CommissionTaxWithheld):
            withheld[each.originator_id, event.number] = event, on
        if not quarter.has(on):
            continue
        key = (event.partner, event.payer, event.exporter if event.payer == "exporter" else "", event.currency)
        for line in _of_event(each, on, earned, withheld):
            yield key, line


def _of_event(
    happened: Recorded,
    on: date,
    earned: dict[tuple[str, int], tuple[CommissionEarned, date]],
    withheld: dict[tuple[str, int], tuple[CommissionTaxWithheld, date]],
) -> Iterator[TaxLine]:
    match happened.event:
        case CommissionEarned() as event if event.gst.treatment != "none":
            yield _gst_line(happened, event, on, on, event.amount_minor, event.gst_minor)
        case CommissionTaxWithheld() as event:
            yield _withheld_line(happened, event, on, on, event.base_minor, event.amount_minor)
        case CommissionClawedBack() as event:
            for back in event.from_earned:
                name = happened.originator_id, back.number
                if back.treatment != "none" and name in earned:
                    first, day = earned[name]
                    yield _gst_line(happened, first, on, day, -back.amount_minor, -back.gst_minor)
                if back.withheld_base_minor and name in withheld:
                    taxed, day = withheld[name]
                    yield _withheld_line(happened, taxed, on, day, -back.withheld_base_minor, -back.withheld_minor)
        case _:
            return


def _gst_line(
    happened: Recorded, event: CommissionEarned, on: date, deducted_on: date, base_minor: int, tax_minor: int
) -> TaxLine:
    treatment: GstTreatment = event.gst.treatment
    return TaxLine(
        levy="gst",
        kind="deducted" if base_minor > 0 else "given_back",
        on=on,
        deducted_on=deducted_on,
        code=treatment,
        section=event.gst.rule,
        rate_bps=event.gst.rate_bps,
        base_minor=base_minor,
        tax_minor=tax_minor,
        order=key_of(happened.originator_id),
        earning=event.number,
        reference=happened.originator_id,
        position=happened.position,
        posting_date=happened.state.posting_date,
    )


def _withheld_line(
    happened: Recorded, event: CommissionTaxWithheld, on: date, deducted_on: date, base_minor: int, tax_minor: int
) -> TaxLine:
    return TaxLine(
        levy="withheld",
        kind="deducted" if base_minor > 0 else "given_back",
        on=on,
        deducted_on=deducted_on,
        code=event.code,
        section=_section(event),
        rate_bps=event.rate_bps,
        base_minor=base_minor,
        tax_minor=tax_minor,
        order=key_of(happened.originator_id),
        earning=event.number,
        reference=happened.originator_id,
        position=happened.position,
        posting_date=happened.state.posting_date,
    )


def _section(event: CommissionTaxWithheld) -> str:
    table = WITHHOLDING.get(event.table)
    return next((row.section for row in table.rows if row.code == event.code), "") if table else ""


def _certificate(
    connection: Connection, book: str, key: _Key, quarter: FiscalQuarter, lines: Sequence[TaxLine], moment: Moment
) -> TaxCertificate:
    partner, payer, exporter, currency = key
    codes = sorted({line.code for line in lines if line.levy == "withheld"})
    return TaxCertificate(
        partner=partner,
        payer=payer,
        exporter=exporter,
        currency=currency,
        quarter=quarter.name,
        first_day=quarter.first_day,
        last_day=quarter.last_day,
        totals=tuple(_totals(lines)),
        lines=tuple(sorted(lines, key=lambda line: (line.position, line.levy, line.earning))),
        remittances=tuple(_remittances(connection, book, codes, currency, quarter, moment)) if codes else (),
    )


def _totals(lines: Iterable[TaxLine]) -> Iterator[TaxTotal]:
    groups: dict[tuple[TaxKind, str, str, int], list[TaxLine]] = {}
    for line in lines:
        groups.setdefault((line.levy, line.code, line.section, line.rate_bps), []).append(line)
    for (levy, code, section, rate_bps), some in sorted(groups.items(), reverse=True):
        deducted = [line for line in some if line.kind == "deducted"]
        back = [line for line in some if line.kind == "given_back"]
        yield TaxTotal(
            levy=levy,
            code=code,
            section=section,
            rate_bps=rate_bps,
            lines=len(some),
            base_minor=sum(line.base_minor for line in deducted),
            deducted_minor=sum(line.tax_minor for line in deducted),
            base_back_minor=sum(line.base_minor for line in back),
            given_back_minor=sum(line.tax_minor for line in back),
            net_minor=sum(line.tax_minor for line in some),
            first_on=min(line.on for line in some),
            last_on=max(line.on for line in some),
        )


def _remittances(
    connection: Connection,
    book: str,
    codes: Collection[str],
    currency: str,
    quarter: FiscalQuarter,
    moment: Moment,
) -> Iterator[Remittance]:
    accounts = [f"tax:withheld:{code}" for code in codes]
    up_to = min(moment.position, POSITION_MAX)
    last = quarter.last_day + timedelta(days=_REMITTED_DAYS)
    last = last if moment.as_of is None else min(last, moment.as_of)
    asked = (book, accounts, currency, up_to, quarter.first_day, last)
    for reference, posting_date, position, account, amount_minor in connection.execute(_REMITTED, asked):
        yield Remittance(
            payout=key_of(reference),
            code=account.rpartition(":")[2],
            posting_date=posting_date,
            position=position,
            amount_minor=amount_minor,
        )
