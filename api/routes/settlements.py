"""Routes on payment providers' settlements: taken in, shown line by line, explained."""

import asyncio
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace

from api.commands.command_table import faults_in_path
from api.commands.requests import CommandReader, InPath, whole_body
from api.commands.settlements_said import ClearSaid
from api.composition import OpenedBook
from api.exchange.settlement_files.mapping import load_settlement_mapping
from api.exchange.settlement_files.reading import read_settlements
from api.http.answers import answers, answers_list
from api.http.desk import AtBook, ByCaller, Key, KeySought, answered, desk_of
from api.listing.page import PagedPresent
from api.reconciling.import_settlements import Importing, import_settlements
from api.reconciling.settlement_views import (
    ImportedSettlementView,
    SettlementLineView,
    SettlementView,
    get_settlement,
    imported_view,
    line_view,
    settlement_views,
    whole_postings,
)
from api.resources.reconciliation import settlement_resource
from api.resources.resource import About, resource_of
from api.routes.commands import BOOK, CREATED, answers_command, submit, takes
from ledger.outcomes import Submission
from projections.moment import NOW
from projections.projection import POSITION_MAX
from projections.settlements import lines_of, search_settlements

router = APIRouter(tags=["reconciliation"])

IN_PATH = ("provider", "settlement")
CSV_FILE = {"text/csv": {"schema": {"type": "string", "format": "binary"}}}
MappingSaid = Annotated[
    str,
    Query(
        pattern="^[a-z0-9-]{1,64}$",
        description="By which mapping the file is read, of those that come with the ledger.",
        examples=["stripe-balance"],
    ),
]
IsOpen = Annotated[bool | None, Query(alias="open", description="Only lines that nobody explained yet, or the others.")]


class ImportedSettlements(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a provider's file: each settlement in it."""

    provider: str
    sha256: str
    settlements: list[ImportedSettlementView]


@router.get("/settlements", name="settlements", responses=answers_list(SettlementView))
def settlements(book: AtBook, page: PagedPresent, provider: KeySought = None) -> Response:
    """Return payment providers' settlements, the last taken in first, as they stand now."""
    before = page.after(int) or POSITION_MAX
    with page.reading() as (connection, _, _position):
        rows = search_settlements(connection, book.name, provider=provider, before=before, limit=page.wanted)
        views = settlement_views(connection, book.name, rows[: page.limit])
    following = rows[page.limit - 1].recorded if page.limit < len(rows) else None
    return page.ending(views, SettlementView, more=following)


@router.post(
    "/settlements",
    name="settlement-import",
    summary="Take a payment provider's file in: the settlements that aren't known. A second time changes nothing.",
    openapi_extra={"requestBody": {"required": True, "content": CSV_FILE}},
    status_code=CREATED,
    responses={
        200: {"description": "Nothing of it was new.", **answers(ImportedSettlements)[200]},
        CREATED: {**answers(ImportedSettlements)[200], "description": "Something of it is recorded."},
    },
)
async def import_file(request: Request, caller: ByCaller, book: Key, mapping: MappingSaid) -> Response:
    """Take in the CSV file that the body is, and say what its lines are."""
    opened = await desk_of(request).opened(book)
    content = await whole_body(request)
    found = load_settlement_mapping(mapping)
    read = await asyncio.to_thread(read_settlements, content, found, name="the body")
    importing = Importing(opened, caller.actor, caller.role)
    imported = await asyncio.to_thread(import_settlements, read, found, importing)
    shown = ImportedSettlements(
        provider=read.provider, sha256=read.sha256, settlements=[imported_view(each) for each in imported]
    )
    return answered(shown, CREATED if any(each.recorded for each in imported) else 200)


@router.get("/settlements/{provider}/{settlement}", name="settlement", responses=answers(resource_of(SettlementView)))
def one_settlement(book: AtBook, caller: ByCaller, provider: Key, settlement: Key) -> Response:
    """Return what a payment provider paid out in one sum, as it stands now."""
    with book.pool.connection() as connection:
        found = get_settlement(connection, book.name, f"{provider}/{settlement}")
    return answered(settlement_resource(About(book, caller, NOW), found, provider=provider, settlement=settlement))


@router.get(
    "/settlements/{provider}/{settlement}/lines", name="settlement-lines", responses=answers_list(SettlementLineView)
)
def settlement_lines(
    book: AtBook, page: PagedPresent, provider: Key, settlement: Key, is_open: IsOpen = None
) -> Response:
    """Return the lines of a settlement in the order of its file, and what they are, as they stand now."""
    name = f"{provider}/{settlement}"
    skip = page.skip
    with page.reading() as (connection, _, _position):
        found = get_settlement(connection, book.name, name)
        rows = lines_of(connection, book.name, name, is_open=is_open, limit=skip + page.wanted)
    return page.counted_off([line_view(row, found.currency) for row in rows[skip:]], SettlementLineView)


_clear = CommandReader(ClearSaid, in_path=IN_PATH)


@router.post(
    "/settlements/{provider}/{settlement}/clear",
    name="settlement-clear",
    summary="Say what lines of a settlement are, all of them or none; breaks about them are closed.",
    openapi_extra=takes(_clear, *BOOK),
    status_code=CREATED,
    responses=answers_command(),
)
async def clear_lines(request: Request, provider: Key, settlement: Key) -> Response:
    """Look up how much the postings were in all, and explain."""
    parts = request.path_params
    in_path: InPath = {"provider": provider, "settlement": settlement}
    heard = await _clear.hear(request, faults_in_path(parts, BOOK) or in_path)
    book = await asyncio.to_thread(desk_of(request).book, parts["book"])
    submission = await asyncio.to_thread(_whole, book, heard.submission)
    return await submit(request, book.name, submission, dry_run=heard.dry_run)


def _whole(book: OpenedBook, submission: Submission) -> Submission:
    said = submission.command
    if not isinstance(said, ClearSaid):
        raise TypeError(type(said))
    book.runner.catch_up()
    return replace(submission, command=whole_postings(book, said.heard()))
