"""Routes about what exports are to bring home: shipping bills with their chains, remittances, statements."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Header, Path, Query, Response

from api.exchange.realisation_csv import realisation_csv
from api.exchange.realisation_pdf import realisation_pdf
from api.http.answers import Responses, answers, answers_bytes, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, ByReader, Day, Instant, Key, KeySought, answered
from api.http.shapes import shown
from api.listing.page import Paged
from api.realisation import ReceivableView, RemittanceView, get_receivable, get_remittance
from api.realisation_statements import RealisationStatement, quarter_of, realisation_statement
from api.resources.resource import About, receivable_resource, remittance_resource, resource_of
from projections.receivables import (
    ReceivableRow,
    ReceivablesSought,
    ReceivableState,
    RemittanceRow,
    RemittancesSought,
    search_receivables,
    search_remittances,
)
from projections.statements import StatementMalformed

router = APIRouter(tags=["realisation"])

Form = Literal["json", "csv", "pdf"]
QuarterName = Annotated[str, Path(pattern=r"^[1-9][0-9]{3}-Q[1-4]$", examples=["2026-Q4"])]

MEDIA_TYPES: dict[Form, str] = {"json": "application/json", "csv": "text/csv", "pdf": "application/pdf"}


def _answers() -> Responses:
    described = answers(RealisationStatement)
    described[200]["content"] |= answers_bytes(MEDIA_TYPES["csv"], MEDIA_TYPES["pdf"])[200]["content"]
    return described


@router.get("/receivables", name="receivables", responses=answers_list(ReceivableRow))
def receivables(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    state: ReceivableState = "open",
    exporter: KeySought = None,
    order: KeySought = None,
    closable: bool = False,
    uncertified: bool = False,
    overdue: bool = False,
    at: Instant | None = None,
    due_to: Instant | None = None,
) -> Response:
    """
    Return shipping bills and what became of their value, the first due first; `at` is the instant that `overdue` means,
    now if not given, `closable` those that the exporter may close itself now, `uncertified` those of which more is
    realised than an e-BRC covers.
    """
    now = _in_utc(at) or page.instant(book.world.clock())
    sought = ReceivablesSought(
        exporter=caller.sought_as("exporter", exporter),
        order=order,
        state=state,
        due_to=_in_utc(due_to),
        overdue_at=now if overdue else None,
        closable=closable,
        uncertified=uncertified,
    )
    skip = page.skip
    with page.reading() as (connection, moment, _):
        found = search_receivables(connection, book.name, sought, at=now, limit=page.wanted, skip=skip, moment=moment)
    return page.counted_off(found, ReceivableRow)


@router.get("/receivables/{receivable}", name="receivable", responses=answers(resource_of(ReceivableView)))
def receivable(book: AtBook, caller: ByCaller, asked: AtMoment, receivable: Key, at: Instant | None = None) -> Response:
    """
    Return a shipping bill's value with its chain: invoices, orders with their holds, releases and payouts,
    remittances, certificates, deductions, warnings, and what is allowed; `at` is the instant that `overdue` means.
    """
    moment = asked.of_log(book)
    now = _in_utc(at) or book.world.clock()
    with book.pool.connection() as connection:
        found = get_receivable(connection, book.name, receivable, at=now, moment=moment)
    return answered(receivable_resource(About(book, caller, moment), found), moment=moment)


@router.get("/remittances", name="remittances", responses=answers_list(RemittanceRow))
def remittances(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    exporter: KeySought = None,
    left: bool = False,
    from_day: Annotated[Day | None, Query(alias="from")] = None,
    to_day: Annotated[Day | None, Query(alias="to")] = None,
) -> Response:
    """Return money from abroad, the first that came first; `left`: that of which some isn't matched to a shipment."""
    sought = RemittancesSought(
        exporter=caller.sought_as("exporter", exporter), left=left, from_day=from_day, to_day=to_day
    )
    skip = page.skip
    with page.reading() as (connection, moment, _):
        found = search_remittances(connection, book.name, sought, limit=page.wanted, skip=skip, moment=moment)
    return page.counted_off(found, RemittanceRow)


@router.get("/remittances/{remittance}", name="remittance", responses=answers(resource_of(RemittanceView)))
def remittance(
    book: AtBook, caller: ByCaller, asked: AtMoment, remittance: Key, reader: ByReader, reveal: bool = False
) -> Response:
    """Return money from abroad and what it is matched to; with `reveal`, who sent it, and that is recorded."""
    moment = asked.of_log(book)
    found = get_remittance(book, remittance, reader=reader if reveal else None, moment=moment)
    return answered(remittance_resource(About(book, caller, moment), found), moment=moment)


@router.get(
    "/parties/{party}/realisation/{quarter}",
    name="realisation-statement",
    response_class=Response,
    responses=_answers(),
)
def statement(
    book: AtBook,
    asked: AtMoment,
    party: Key,
    quarter: QuarterName,
    form: Annotated[Form | None, Query(alias="format")] = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """
    Return what became of an exporter's shipments in a quarter: brought forward, shipped, realised, deducted, open, and
    the remittances; as JSON, or by `format` or `Accept` as CSV or PDF.
    """
    if asked.as_of is not None:
        raise StatementMalformed(field="as_of", problem="the quarter says up to which day")
    position = asked.resolve(book).position
    with book.pool.connection() as connection:
        found = realisation_statement(connection, book.name, party, quarter_of(quarter), position=position)
    form = form or _accepted(accept)
    headers = {"Ledger-Position": str(position)}
    if form == "json":
        return Response(msgspec.json.encode(shown(found)), headers=headers, media_type=MEDIA_TYPES["json"])
    headers["Content-Disposition"] = f'attachment; filename="realisation-{party}-{quarter}.{form}"'
    if form == "csv":
        told, media_type = realisation_csv(found), "text/csv; charset=utf-8; header=present"
        return Response(told, headers=headers, media_type=media_type)
    return Response(realisation_pdf(found), headers=headers, media_type=MEDIA_TYPES["pdf"])


def _accepted(accept: str) -> Form:
    """Return the first form that a header names."""
    named = [media_range.partition(";")[0].strip() for media_range in accept.split(",")]
    forms = {media_type: form for form, media_type in MEDIA_TYPES.items()}
    return next((forms[media_type] for media_type in named if media_type in forms), "json")


def _in_utc(at: datetime | None) -> datetime | None:
    """Return an instant; one without a time zone is meant in UTC."""
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
