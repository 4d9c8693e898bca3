"""The route that asks for a statement of account: as JSON in pages, as CSV or PDF whole."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from msgspec.structs import replace

from api.desk import AtBook, AtMoment, ByCaller, Limit, answered
from api.exchange.statement_csv import statement_csv
from api.exchange.statement_pdf import statement_pdf
from api.identity.caller import Caller
from api.identity.own import is_shown
from api.statements import StatementAsked, page_of
from projections.statement_lines import StatementLine, in_full
from projections.statements import StatementMalformed, StatementOrder

router = APIRouter(tags=["reads"])

Form = Literal["json", "csv", "pdf"]

MEDIA_TYPES: dict[Form, str] = {"json": "application/json", "csv": "text/csv", "pdf": "application/pdf"}


@router.get(
    "/accounts/{account}/statement",
    name="account-statement",
    response_class=Response,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
def statement(
    book: AtBook,
    caller: ByCaller,
    moment: AtMoment,
    account: Annotated[str, Path(max_length=200)],
    begins: Annotated[str | None, Query(alias="from")] = None,
    ends: Annotated[str | None, Query(alias="to")] = None,
    by: StatementOrder = "posting-date",
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    form: Annotated[Form | None, Query(alias="format")] = None,
    accept: Annotated[str, Header()] = "",
    after: str | None = None,
    limit: Limit = 100,
) -> Response:
    """
    Return an account's opening balance, its postings with the balance before and after each, and its closing balance.

    By posting date, `from` and `to` are days, both included, as known at a moment. By recording, they are positions or
    times, and what was recorded after the one and up to the other counts. JSON comes in pages: `after` takes the `next`
    of the page before. CSV and PDF, by `format` or `Accept`, are whole.
    """
    asked = StatementAsked(account=account, currency=currency, by=by, begins=begins, ends=ends, known=moment)
    form = form or _accepted(accept)
    if after is not None and form != "json":
        raise StatementMalformed(field="after", problem="only JSON comes in pages")
    if form == "json":
        page = page_of(book, asked, after=after, limit=limit)
        lines = [_shown(caller, line) for line in page.lines]
        return answered(replace(page, lines=lines), moment=page.statements[0].extent.closing)
    found = (in_full(book.pool, statement) for statement in asked.find(book))
    full = [each._replace(lines=map(partial(_shown, caller), each.lines)) for each in found]
    headers = {
        "Ledger-Position": str(full[0].statement.extent.closing.position),
        "Content-Disposition": f'attachment; filename="{account.replace(":", "-")}.{form}"',
    }
    if form == "csv":
        return StreamingResponse(
            statement_csv(full), headers=headers, media_type="text/csv; charset=utf-8; header=present"
        )
    return Response(statement_pdf(full), headers=headers, media_type=MEDIA_TYPES["pdf"])


def _shown(caller: Caller, line: StatementLine) -> StatementLine:
    """Return a line, to a party without the accounts of other parties that were posted to together with its own."""
    if not caller.is_party:
        return line
    return replace(line, counter_accounts=[each for each in line.counter_accounts if is_shown(caller, each)])


def _accepted(accept: str) -> Form:
    """Return the first form that a header names."""
    named = [media_range.partition(";")[0].strip() for media_range in accept.split(",")]
    forms = {media_type: form for form, media_type in MEDIA_TYPES.items()}
    return next((forms[media_type] for media_type in named if media_type in forms), "json")
