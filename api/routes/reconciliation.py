"""Routes on the bank beside the ledger: accounts, statements taken in, lines, matches, runs, breaks."""

import asyncio
from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace

from api.commands.command_table import faults_in_path
from api.commands.matches_said import MatchSaid
from api.commands.requests import CommandReader, whole_body
from api.composition import OpenedBook
from api.http.answers import answers, answers_list
from api.http.desk import AtBook, ByCaller, ByReader, Day, Key, KeySought, answered, desk_of
from api.listing.page import PagedPresent
from api.reconciling.break_views import BreakShown, BreakView, days_of_age, get_break, list_breaks
from api.reconciling.import_statement import Importing, import_file, read_file
from api.reconciling.matching_said import completed
from api.reconciling.run import ReconciliationReport, Running, reconcile
from api.reconciling.views import (
    BankAccountView,
    BankEntryView,
    BankStatementView,
    ImportedView,
    MatchShown,
    MatchView,
    OpenItemView,
    Standing,
    entry_view,
    get_match,
    imported_view,
    item_view,
    match_view,
    standing,
    statement_views,
)
from api.resources.reconciliation import break_resource, match_resource
from api.resources.resource import About, resource_of
from api.routes.commands import BOOK, CREATED, answers_command, submit, takes
from domain.break_events import BreakKind
from ledger.outcomes import Submission
from projections.breaks import BreaksSought
from projections.moment import NOW
from projections.open_reconciliation import (
    EntriesSought,
    ItemsSought,
    all_bank_accounts,
    search_entries,
    search_items,
    search_matches,
    statements_of,
)
from projections.projection import POSITION_MAX

router = APIRouter(tags=["reconciliation"])

Age = Literal["0-2", "3-7", "8-30", "31-90", "over 90"]
"""As the standard rulebook counts them; a test holds it against that."""

FormatSaid = Annotated[
    str | None, Query(alias="format", max_length=80, description="camt, mt940, or csv: and a mapping's name.")
]
ItemAccount = Annotated[str | None, Query(max_length=200, examples=["clearing:card"])]
OnlyRead = Annotated[bool, Query(description="Only show what would come of it; record nothing.")]
ANY_FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


class ImportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bank's file: how it was read, and each statement in it."""

    format: str
    sha256: str
    statements: list[ImportedView]


@router.get("/bank-accounts", name="bank-accounts", responses=answers_list(BankAccountView))
def bank_accounts(book: AtBook, page: PagedPresent) -> Response:
    """Return the accounts at banks, by key, as they are registered now."""
    with page.reading() as (connection, _, _position):
        rows = all_bank_accounts(connection, book.name)
    fields = [name for name in BankAccountView.__struct_fields__ if name not in {"bic", "country"}]
    views = [
        BankAccountView(
            bic=row.bic or None, country=row.country or None, **{name: getattr(row, name) for name in fields}
        )
        for row in rows
    ]
    return page.part_of(views, BankAccountView)


@router.get("/bank-statements", name="bank-statements", responses=answers_list(BankStatementView))
def bank_statements(book: AtBook, page: PagedPresent, bank_account: KeySought = None) -> Response:
    """Return the statements that were taken in, the last first, as they stand now."""
    before = page.after(int) or POSITION_MAX
    with page.reading() as (connection, _, _position):
        rows = statements_of(connection, book.name, bank_account, before=before, limit=page.wanted)
        views = statement_views(connection, book.name, rows)
    return page.answer(views, BankStatementView, key=lambda view: view.position)


@router.post(
    "/bank-statements",
    name="bank-statement-import",
    summary="Take a bank's file in: what isn't known of its statements. A second time changes nothing.",
    openapi_extra={"requestBody": {"required": True, "content": ANY_FILE}},
    status_code=CREATED,
    responses={
        200: {"description": "Nothing of it was new, or it was only read.", **answers(ImportedFile)[200]},
        CREATED: {**answers(ImportedFile)[200], "description": "Something of it is recorded."},
    },
)
async def import_bank_statement(
    request: Request, caller: ByCaller, book: Key, file_format: FormatSaid = None, bank_account: KeySought = None
) -> Response:
    """Take in the file that the body is: camt.053, camt.054, MT940 or CSV."""
    opened = await desk_of(request).opened(book)
    content = await whole_body(request)
    read = await asyncio.to_thread(read_file, content, name="the body", file_format=file_format)
    importing = Importing(opened, caller.actor, caller.role)
    imported = await asyncio.to_thread(import_file, read, importing, bank_account=bank_account)
    views = [imported_view(each) for each in imported]
    shown = ImportedFile(format=read.format, sha256=read.sha256, statements=views)
    return answered(shown, CREATED if any(each.recorded for each in views) else 200)


@router.get("/bank-entries", name="bank-entries", responses=answers_list(BankEntryView))
def bank_entries(
    book: AtBook,
    page: PagedPresent,
    bank_account: KeySought = None,
    statement: KeySought = None,
    booked_from: Day | None = None,
    booked_to: Day | None = None,
    matched: bool | None = None,
) -> Response:
    """Return lines of statements, the last recorded first, as they stand now: booked on days, both included."""
    sought = EntriesSought(
        bank_account=bank_account,
        statement=statement,
        booked_from=booked_from,
        booked_to=booked_to,
        is_matched=matched,
    )
    before = page.after(int) or POSITION_MAX
    with page.reading() as (connection, _, _position):
        rows = search_entries(connection, book.name, sought, before=before, limit=page.wanted)
    following = rows[page.limit - 1].recorded if page.limit < len(rows) else None
    return page.ending([entry_view(row) for row in rows[: page.limit]], BankEntryView, more=following)


@router.get("/open-items", name="open-items", responses=answers_list(OpenItemView))
def open_items(
    book: AtBook,
    page: PagedPresent,
    account: ItemAccount = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    is_open: Annotated[bool | None, Query(alias="open")] = True,
) -> Response:
    """Return postings that show at a bank sooner or later, the last first: those that no statement shows yet."""
    sought = ItemsSought(account=account, currency=currency, is_open=is_open)
    skip = page.skip
    with page.reading() as (connection, _, _position):
        rows = search_items(connection, book.name, sought, limit=skip + page.wanted)
    return page.counted_off([item_view(row) for row in rows[skip:]], OpenItemView)


@router.get("/bank-matches", name="bank-matches", responses=answers_list(MatchView))
def bank_matches(book: AtBook, page: PagedPresent) -> Response:
    """Return matches, the last made first, as they stand now."""
    before = page.after(int) or POSITION_MAX
    with page.reading() as (connection, _, _position):
        rows = search_matches(connection, book.name, before=before, limit=page.wanted)
    following = rows[page.limit - 1].made if page.limit < len(rows) else None
    return page.ending([match_view(row) for row in rows[: page.limit]], MatchView, more=following)


@router.get("/bank-matches/{match}", name="bank-match", responses=answers(resource_of(MatchShown)))
def bank_match(book: AtBook, caller: ByCaller, match: Key) -> Response:
    """Return a match with its lines as they stand now."""
    with book.pool.connection() as connection:
        found = get_match(connection, book.name, match)
    return answered(match_resource(About(book, caller, NOW), found))


_make = CommandReader(MatchSaid)


@router.post(
    "/bank-matches",
    name="match-make",
    summary="Say what lines of bank statements are, all of them or none; breaks about them are closed.",
    openapi_extra=takes(_make, *BOOK),
    status_code=CREATED,
    responses=answers_command(),
)
async def make_match(request: Request) -> Response:
    """Look up how much the postings were in all, and match."""
    parts = request.path_params
    heard = await _make.hear(request, faults_in_path(parts, BOOK) or {})
    book = await asyncio.to_thread(desk_of(request).book, parts["book"])
    submission = await asyncio.to_thread(_whole, book, heard.submission)
    return await submit(request, book.name, submission, dry_run=heard.dry_run)


def _whole(book: OpenedBook, submission: Submission) -> Submission:
    said = submission.command
    if not isinstance(said, MatchSaid):
        raise TypeError(type(said))
    book.runner.catch_up()
    return replace(submission, command=completed(book, said.heard()))


@router.get("/reconciliation", name="reconciliation", responses=answers(Standing))
def reconciliation(book: AtBook) -> Response:
    """Return how bank and ledger agree now: account by account, and the open breaks by kind and age."""
    with book.pool.connection() as connection:
        position = min(lag.position for lag in book.runner.lags_in(connection))
        found = standing(connection, book.name, today=_today(book), position=position)
    return answered(found)


@router.post(
    "/reconciliation",
    name="reconcile",
    summary="Match what banks say with what the ledger expects, by rule, and say what isn't explained.",
    responses=answers(ReconciliationReport),
)
def run_reconciliation(book: AtBook, bank_account: KeySought = None, dry_run: OnlyRead = False) -> Response:
    """Run the rules; a second run without news changes nothing."""
    return answered(reconcile(Running(book), bank_account=bank_account, dry_run=dry_run))


@router.get("/breaks", name="breaks", responses=answers_list(BreakView))
def breaks(
    book: AtBook,
    page: PagedPresent,
    kind: BreakKind | None = None,
    owner: KeySought = None,
    bank_account: KeySought = None,
    age: Age | None = None,
    is_open: Annotated[bool | None, Query(alias="open")] = True,
) -> Response:
    """Return where bank and ledger differ, the last found first, as it stands now; `age` is in days."""
    today = page.instant(book.world.clock()).date()
    first, last = days_of_age(age, today) if age else (None, None)
    sought = BreaksSought(
        kind=kind, owner=owner, bank_account=bank_account, is_open=is_open, since_from=first, since_to=last
    )
    before = page.after(int) or POSITION_MAX
    with page.reading() as (connection, _, _position):
        views = list_breaks(connection, book.name, sought, today=today, before=before, limit=page.wanted)
    return page.answer(views, BreakView, key=lambda view: view.raised_position)


@router.get("/breaks/{break_key}", name="break", responses=answers(resource_of(BreakShown)))
def one_break(
    book: AtBook,
    caller: ByCaller,
    break_key: Key,
    reader: ByReader,
    reveal: Annotated[bool, Query(description="Show what was written, in clear; who asks is recorded.")] = False,
) -> Response:
    """Return a break: what it may be, and what was said about it."""
    found = get_break(book, break_key, today=_today(book), reader=reader if reveal else None)
    return answered(break_resource(About(book, caller, NOW), found))


def _today(book: OpenedBook) -> date:
    return book.world.clock().date()
