"""The route that asks for a statement of account: as JSON in pages, as CSV or PDF whole."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from msgspec.structs import replace

from api.composition import OpenedBook
from api.exchange.statement_csv import statement_csv
from api.exchange.statement_pdf import statement_pdf
from api.http.answers import Responses, answers, answers_bytes
from api.http.desk import AtBook, AtMoment, ByCaller, Limit, answered
from api.identity.caller import Caller
from api.identity.own import is_shown
from api.listing.cursor import binding_of, cursor_text, read_cursor
from api.listing.page import PAGE_DEFAULT
from api.statements import LineKey, StatementAsked, StatementPage, key_of_line, lines_after
from projections.statement_lines import StatementLine, in_full
from projections.statements import StatementMalformed, StatementOrder

router = APIRouter(tags=["reads"])

Form = Literal["json", "csv", "pdf"]

MEDIA_TYPES: dict[Form, str] = {"json": "application/json", "csv": "text/csv", "pdf": "application/pdf"}


def _answers() -> Responses:
    described = answers(StatementPage)
    described[200]["content"] |= answers_bytes(MEDIA_TYPES["csv"], MEDIA_TYPES["pdf"])[200]["content"]
    return described


@router.get(
    "/accounts/{account}/statement",
    name="account-statement",
    response_class=Response,
    responses=_answers(),
)
def statement(
    request: Request,
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
    cursor: str | None = None,
    limit: Limit = PAGE_DEFAULT,
) -> Response:
    """
    Return an account's opening balance, its postings with the balance before and after each, and its closing balance.

    By posting date, `from` and `to` are days, both included, as known at a moment. By recording, they are positions or
    times, and what was recorded after the one and up to the other counts. JSON comes in pages: `cursor` takes the
    `next` of the page before. CSV and PDF, by `format` or `Accept`, are whole.
    """
    asked = StatementAsked(account=account, currency=currency, by=by, begins=begins, ends=ends, known=moment)
    form = form or _accepted(accept)
    if cursor is not None and form != "json":
        raise StatementMalformed(field="cursor", problem="only JSON comes in pages")
    if form == "json":
        page = _page(book, asked, cursor, limit=limit, binding=binding_of(request, caller, book.name))
        items = [_shown(caller, line) for line in page.items]
        return answered(replace(page, items=items), moment=page.statements[0].extent.closing)
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


def _page(book: OpenedBook, asked: StatementAsked, cursor: str | None, *, limit: int, binding: str) -> StatementPage:
    said = None if cursor is None else read_cursor(cursor, binding=binding)
    statements, lines = lines_after(
        book,
        asked,
        after=said.key_as(LineKey) if said else None,
        closing_position=said.position if said else 0,
        limit=limit + 1,
    )
    items, position = lines[:limit], statements[0].extent.closing.position
    following = cursor_text(binding, position, None, key_of_line(items[-1])) if len(lines) > limit else None
    return StatementPage(statements=statements, items=items, next=following, position=position)


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
