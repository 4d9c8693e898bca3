"""Routes about where money is: orders, ledger and bank beside each other, proofs, the float, a month to report."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Header, Path, Query, Response

from api.exchange.month_end_csv import month_end_csv
from api.exchange.month_end_pdf import month_end_pdf
from api.http.answers import Responses, answers, answers_bytes, answers_list
from api.http.desk import AtBook, AtMoment, Day, KeySought, answered
from api.http.shapes import shown
from api.listing.page import Paged
from api.month_end import MonthEnd, month_end
from projections.bank_lines import BankLine
from projections.bank_proof import BankCover, BankProof, bank_proofs
from projections.float_waits import WaitedFor
from projections.floats import FloatRow, FloatsSought, FloatState, FloatTotal, float_totals, search_floats
from projections.moment import MomentMalformed
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.three_way import Side, ThreeWayLine, ThreeWayRow, ThreeWaySought, days_sought, three_way

router = APIRouter(tags=["treasury"])

Form = Literal["json", "csv", "pdf"]
MEDIA_TYPES: dict[Form, str] = {"json": "application/json", "csv": "text/csv", "pdf": "application/pdf"}

Currency = Annotated[str | None, Query(pattern="^[A-Z]{3}$")]
Account = Annotated[str | None, Query(max_length=200, description="Of the ledger, as bank:safeguarded:hdfc.")]
FirstDay = Annotated[Day | None, Query(alias="from", description="30 days before the last if not given.")]
LastDay = Annotated[Day | None, Query(alias="to", description="Today if not given.")]
ByDay = Annotated[bool, Query(description="Each day by itself, or all of them as one.")]
CountedTo = Annotated[Day | None, Query(alias="to", description="The day to which unpaid money counts; today.")]
OverDays = Annotated[int | None, Query(ge=0, le=100_000, description="That stayed more than so many days.")]


class BankProofView(msgspec.Struct, frozen=True, kw_only=True):
    """What banks' statements close with against the ledger, account by account, and against what clients are owed."""

    accounts: list[BankProof]
    covers: list[BankCover]


def _month_end_answers() -> Responses:
    described = answers(MonthEnd)
    described[200]["content"] |= answers_bytes(MEDIA_TYPES["csv"], MEDIA_TYPES["pdf"])[200]["content"]
    return described


@router.get("/three-way", name="three-way", responses=answers_list(ThreeWayRow))
def view(
    book: AtBook,
    page: Paged,
    first: FirstDay = None,
    last: LastDay = None,
    currency: Currency = None,
    by_day: ByDay = True,
) -> Response:
    """
    Return what orders say that moved, what the ledger posted, and what banks booked, by day and currency; every
    difference is the sum of the lines that `three-way/lines` lists.
    """
    sought = _days(book, page, first, last, currency, by_day=by_day)
    with page.reading() as (connection, moment, _):
        found = three_way(connection, book.name, sought, moment=moment)
    return page.part_of(found.rows, ThreeWayRow)


@router.get("/three-way/lines", name="three-way-lines", responses=answers_list(ThreeWayLine))
def view_lines(
    book: AtBook,
    page: Paged,
    first: FirstDay = None,
    last: LastDay = None,
    currency: Currency = None,
    by_day: ByDay = True,
    side: Side | None = None,
) -> Response:
    """
    Return the lines that explain by how much banks have more than orders say: what only the ledger knows, what is with
    providers or in transit, and what stands between bank and ledger, with its break where there is one.
    """
    sought = _days(book, page, first, last, currency, by_day=by_day)
    with page.reading() as (connection, moment, _):
        found = three_way(connection, book.name, sought, moment=moment)
    return page.part_of([line for line in found.lines if side in {None, line.side}], ThreeWayLine)


@router.get("/proof-of-holds", name="proof-of-holds", responses=answers_list(CurrencyProof))
def holds_proved(book: AtBook, page: Paged, currency: Currency = None) -> Response:
    """Return, by currency, what orders say is held, what the books say, and whether buyers' money covers it."""
    with page.reading() as (connection, moment, _):
        found = proof_of_holds(connection, book.name, moment=moment)
    return page.part_of([proof for proof in found if currency in {None, proof.currency}], CurrencyProof)


@router.get("/proof-of-holds/bank", name="bank-proof", responses=answers(BankProofView))
def bank_proved(book: AtBook, asked: AtMoment, account: Account = None, currency: Currency = None) -> Response:
    """
    Return the proof against banks' own closing balances: closing = ledger + lines, and whether the closings cover what
    clients are owed; with `as_of`, against the last statements up to that day.
    """
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = bank_proofs(connection, book.name, account=account, currency=currency, moment=moment)
    return answered(BankProofView(accounts=found.accounts, covers=found.covers), moment=moment)


@router.get("/proof-of-holds/bank/lines", name="bank-proof-lines", responses=answers_list(BankLine))
def bank_lines_listed(book: AtBook, page: Paged, account: Account = None, currency: Currency = None) -> Response:
    """Return the lines by which banks' closing balances and the ledger's differ, each with its reason and its break."""
    with page.reading() as (connection, moment, _):
        found = bank_proofs(connection, book.name, account=account, currency=currency, moment=moment)
    return page.part_of(found.lines, BankLine)


@router.get("/floats", name="floats", responses=answers_list(FloatRow))
def floats(
    book: AtBook,
    page: Paged,
    exporter: KeySought = None,
    payee: KeySought = None,
    order: KeySought = None,
    currency: Currency = None,
    over: OverDays = None,
    waited_for: WaitedFor | None = None,
    state: FloatState = "all",
    to: CountedTo = None,
) -> Response:
    """
    Return how many days money stayed after the last condition was met, the longest first, and what it waited for: each
    release, refund and commission, and what is kept though its goods were received.
    """
    sought = FloatsSought(
        exporter=exporter,
        payee=payee,
        order=order,
        currency=currency,
        waited_for=waited_for,
        over_days=over,
        state=state,
    )
    at = to or page.instant(book.world.clock()).date()
    with page.reading(log=True) as (connection, moment, _):
        found = search_floats(connection, book.name, sought, at=at, moment=moment)
    return page.part_of(found, FloatRow)


@router.get("/floats/totals", name="float-totals", responses=answers_list(FloatTotal))
def floats_totalled(
    book: AtBook,
    page: Paged,
    exporter: KeySought = None,
    payee: KeySought = None,
    currency: Currency = None,
    over: OverDays = None,
    state: FloatState = "all",
    to: CountedTo = None,
) -> Response:
    """Return what money waited for in sum, by currency: days, and amount times days, the most first."""
    sought = FloatsSought(exporter=exporter, payee=payee, currency=currency, over_days=over, state=state)
    at = to or page.instant(book.world.clock()).date()
    with page.reading(log=True) as (connection, moment, _):
        found = search_floats(connection, book.name, sought, at=at, moment=moment)
    return page.part_of(float_totals(found), FloatTotal)


@router.get("/month-ends/{month}", name="month-end", response_class=Response, responses=_month_end_answers())
def reported(
    book: AtBook,
    asked: AtMoment,
    month: Annotated[str, Path(pattern=r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$", examples=["2026-11"])],
    form: Annotated[Form | None, Query(alias="format")] = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """
    Return the reconciliation of a month: each account at a bank with what differs, open breaks by age, payouts in
    transit, the proofs, and the position and root of the log that it is made of; as JSON, or by `format` or `Accept` as
    CSV or PDF.
    """
    if asked.as_of is not None:
        raise MomentMalformed(field="as_of", problem="the month says up to which day")
    moment = asked.resolve(book)
    report = month_end(book, month, moment)
    form = form or _accepted(accept)
    headers = {"Ledger-Position": str(report.position)}
    if form == "json":
        return Response(msgspec.json.encode(shown(report)), headers=headers, media_type=MEDIA_TYPES["json"])
    headers["Content-Disposition"] = f'attachment; filename="reconciliation-{book.name}-{month}.{form}"'
    if form == "csv":
        return Response(month_end_csv(report), headers=headers, media_type="text/csv; charset=utf-8; header=present")
    return Response(month_end_pdf(report), headers=headers, media_type=MEDIA_TYPES["pdf"])


def _days(
    book: AtBook, page: Paged, first: Day | None, last: Day | None, currency: str | None, *, by_day: bool
) -> ThreeWaySought:
    today = page.instant(book.world.clock()).date()
    return days_sought(first, last, today=today, currency=currency, by_day=by_day)


def _accepted(accept: str) -> Form:
    """Return the first form that a header names."""
    named = [media_range.partition(";")[0].strip() for media_range in accept.split(",")]
    forms = {media_type: form for form, media_type in MEDIA_TYPES.items()}
    return next((forms[media_type] for media_type in named if media_type in forms), "json")
