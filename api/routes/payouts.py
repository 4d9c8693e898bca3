"""Routes about payouts: the lists, one with its items and its advice, the files for banks, and the operator's own."""

import asyncio
from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace

from api.commands.command_table import faults_in_path, schema_of_part
from api.commands.requests import CommandReader, envelope_of, principal_of, whole_body
from api.composition import OpenedBook
from api.exchange.credit_transfers.transfer import PAIN_001_09, MessageName
from api.exchange.payout_advice_csv import payout_advice_csv
from api.exchange.payout_advice_pdf import payout_advice_pdf
from api.http.answers import Responses, answers, answers_bytes, answers_list, component
from api.http.desk import AtBook, AtMoment, ByCaller, ByReader, Day, Key, KeySought, answered, desk_of
from api.http.faults import BodyReader
from api.http.negotiation import JSON, check_media_type
from api.identity.caller import NOBODY, Caller
from api.listing.page import Paged
from api.payouts.advices import Advice, advice_of
from api.payouts.answering import AnswerRun, take_answer
from api.payouts.file_making import content_of
from api.payouts.instructing import WHY, InstructAsked, InstructRun, instruct_one
from api.payouts.own_money import remittable_of, sweepable_from
from api.payouts.saying import Voice
from api.payouts.showing import PayoutFileView, PayoutView, file_view, get_file, get_payout
from api.resources.resource import About, payout_file_resource, payout_resource, resource_of
from api.routes.commands import (
    AS_BEFORE,
    BOOK,
    CREATED,
    DRY_RUN_DESCRIBED,
    KEY_DESCRIBED,
    answers_command,
    submit,
    takes,
)
from api.routes.reconciliation import ANY_FILE, OnlyRead
from domain import commands
from domain.payout_events import PayoutKind
from ledger.outcomes import CommandKey, Submission
from projections.payees import PayeeRow, payees_to_settle
from projections.payouts import PayoutRow, PayoutsSought, Stage, search_payout_files, search_payouts

router = APIRouter(tags=["payouts"])

AccountSought = Annotated[str | None, Query(max_length=200, examples=["bank:safeguarded:hdfc"])]
MEDIA_TYPES: dict[Literal["json", "csv", "pdf"], str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "pdf": "application/pdf",
}


@router.get("/payouts", name="payouts", responses=answers_list(PayoutRow))
def payouts(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    stage: Stage = "all",
    party: KeySought = None,
    kind: PayoutKind | None = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    account: AccountSought = None,
    file: KeySought = None,
    pay_from: Day | None = None,
    pay_to: Day | None = None,
) -> Response:
    """
    Return payouts in the order of planning, by stage: waiting for approval, ready for the bank, on their way.

    `pay_from` and `pay_to` are days of payment, both included.
    """
    sought = PayoutsSought(
        party=_party_sought(caller, party),
        kind=kind,
        currency=currency,
        account=account,
        file=file,
        pay_from=pay_from,
        pay_to=pay_to,
    )
    skip = page.skip
    with page.reading() as (connection, moment, _):
        found = search_payouts(connection, book.name, sought, stage=stage, limit=page.wanted, skip=skip, moment=moment)
    return page.counted_off(found, PayoutRow)


@router.get("/payouts/{payout}", name="payout", responses=answers(resource_of(PayoutView)))
def payout(book: AtBook, caller: ByCaller, asked: AtMoment, payout: Key) -> Response:
    """Return a payout with the items that it is made of."""
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = get_payout(connection, book.name, payout, moment=moment)
    about = About(book, caller, moment)
    return answered(payout_resource(about, found), moment=moment)


def _answers_of_advice() -> Responses:
    described = answers(Advice)
    described[200]["content"] |= answers_bytes("text/csv", MEDIA_TYPES["pdf"])[200]["content"]
    return described


@router.get("/payouts/{payout}/advice", name="payout-advice", response_class=Response, responses=_answers_of_advice())
def advice(
    book: AtBook,
    asked: AtMoment,
    payout: Key,
    form: Annotated[Literal["json", "csv", "pdf"], Query(alias="format")] = "json",
) -> Response:
    """Return what a payee is told of a payout, order by order: gross, fee, tax, commission, net."""
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = advice_of(connection, book.name, payout, moment=moment)
    if form == "json":
        return answered(found, moment=moment)
    content = payout_advice_csv([found]) if form == "csv" else payout_advice_pdf([found], book=book.name)
    headers = {
        "Ledger-Position": str(moment.position),
        "Content-Disposition": f'attachment; filename="payout-{payout}.{form}"',
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPES[form])


@router.get("/payees", name="payees", responses=answers_list(PayeeRow))
def payees(
    book: AtBook,
    page: Paged,
    party: KeySought = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
) -> Response:
    """Return the payee accounts that have something no payout takes yet, or that owe."""
    with page.reading() as (connection, moment, _):
        found = payees_to_settle(connection, book.name, party=party, currency=currency, moment=moment)
    return page.part_of(found, PayeeRow)


@router.get("/payout-files", name="payout-files", responses=answers_list(PayoutFileView))
def payout_files(book: AtBook, page: Paged, account: AccountSought = None) -> Response:
    """Return the files that told a bank of payouts, in the order of writing."""
    skip = page.skip
    with page.reading() as (connection, moment, _):
        found = search_payout_files(connection, book.name, account=account, limit=page.wanted, skip=skip, moment=moment)
    return page.counted_off([file_view(row) for row in found], PayoutFileView)


@router.get("/payout-files/{file}", name="payout-file", responses=answers(resource_of(PayoutFileView)))
def payout_file(book: AtBook, caller: ByCaller, asked: AtMoment, file: Key) -> Response:
    """Return what a file told a bank, without what is confidential in it."""
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = get_file(connection, book.name, file, moment=moment)
    return answered(payout_file_resource(About(book, caller, moment), found), moment=moment)


@router.get(
    "/payout-files/{file}/content",
    name="payout-file-content",
    response_class=Response,
    responses=answers_bytes("application/xml"),
)
def payout_file_content(book: AtBook, reader: ByReader, file: Key) -> Response:
    """Return a file for the bank, byte for byte as it was recorded; that its bank details are read is recorded too."""
    content = content_of(book, file, reader._replace(why=reader.why or WHY))
    headers = {"Content-Disposition": f'attachment; filename="{file}.xml"'}
    return Response(content, headers=headers, media_type="application/xml")


_sweep = CommandReader(commands.PlanSweep, in_path=("available_minor",))
_remit = CommandReader(commands.PlanRemittance, in_path=("available_minor",))


@router.post(
    "/payout-sweeps",
    name="payout-sweep",
    summary="Plan to move the operator's fees out of the buyers' account, as far as the books say that they are there.",
    openapi_extra=takes(_sweep, *BOOK),
    status_code=CREATED,
    responses=answers_command(),
)
async def plan_sweep(request: Request) -> Response:
    """Look at the books, and plan a sweep."""
    return await _plan(request, _sweep)


@router.post(
    "/payout-remittances",
    name="payout-remit",
    summary="Plan to pay the authority a tax, as far as the books say that it is owed.",
    openapi_extra=takes(_remit, *BOOK),
    status_code=CREATED,
    responses=answers_command(),
)
async def plan_remittance(request: Request) -> Response:
    """Look at the books, and plan a remittance."""
    return await _plan(request, _remit)


async def _plan(request: Request, reader: CommandReader) -> Response:
    parts = request.path_params
    heard = await reader.hear(request, faults_in_path(parts, BOOK) or {"available_minor": 0})
    book = await asyncio.to_thread(desk_of(request).book, parts["book"])
    submission = await asyncio.to_thread(_with_available, book, heard.submission)
    return await submit(request, book.name, submission, dry_run=heard.dry_run)


def _with_available(book: OpenedBook, submission: Submission) -> Submission:
    """Return a plan with what the books say may be moved."""
    book.runner.catch_up()
    command = submission.command
    with book.pool.connection() as connection:
        match command:
            case commands.PlanSweep():
                found = {
                    each.currency: each.available_minor
                    for each in sweepable_from(connection, book.name, command.pays_from)
                }
            case commands.PlanRemittance():
                found = {
                    each.currency: each.available_minor for each in remittable_of(connection, book.name, command.tax)
                }
            case _:
                raise TypeError(type(command))
    available_minor = found.get(command.amount.currency, 0)
    return replace(submission, command=replace(command, available_minor=available_minor))


class InstructBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which approved payouts the bank is to be told of: from which account, on which day, in which currency."""

    pays_from: Annotated[str, msgspec.Meta(max_length=200, examples=["bank:safeguarded:hdfc"])]
    pay_on: date
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    format: MessageName = PAIN_001_09


_instruct = BodyReader(InstructBody)
_BOOK_DESCRIBED = [{"name": part, "in": "path", "required": True, "schema": schema_of_part(part)} for part in BOOK]


@router.post(
    "/payout-files",
    name="payout-instruct",
    summary="Write the file that tells the bank of approved payouts of a day, and record that it is told.",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": component(InstructBody)}}},
        "parameters": [*_BOOK_DESCRIBED, DRY_RUN_DESCRIBED, KEY_DESCRIBED],
    },
    status_code=CREATED,
    responses={
        AS_BEFORE: {
            "description": "It had been written before, or it was a dry run.",
            "content": {"application/json": {"schema": component(InstructRun)}},
        },
        CREATED: {
            "description": "It is written, if there was anything to write.",
            "content": {"application/json": {"schema": component(InstructRun)}},
        },
    },
)
async def instruct_payouts(request: Request) -> Response:
    """Make one file, of up to 10,000 payouts; those that can't be in it are told. Its bytes are its content."""
    check_media_type(request, JSON)
    body = await whole_body(request)
    faults = faults_in_path(request.path_params, BOOK)
    envelope = envelope_of(request, faults=faults, of_body=lambda: _instruct.faults(body))
    said = _instruct.read(body)
    request.state.command_id = envelope.key
    book = await asyncio.to_thread(desk_of(request).book, envelope.book)
    asked = InstructAsked(pays_from=said.pays_from, pay_on=said.pay_on, currency=said.currency, format=said.format)
    voice = Voice(actor=envelope.caller.actor, role=envelope.caller.role)
    key = CommandKey(principal_of(envelope.caller), envelope.key)
    made = await asyncio.to_thread(instruct_one, book, asked, voice, key, dry_run=envelope.dry_run)
    return answered(made.run, CREATED if made.is_new and not envelope.dry_run else AS_BEFORE)


class AnswersTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bank's answers, one for each file of payouts that it answers."""

    answered: list[AnswerRun]


@router.post(
    "/payout-answers",
    name="payout-answer",
    summary="Take in what a bank says of files: accepted, or rejected and why. A second time changes nothing.",
    openapi_extra={"requestBody": {"required": True, "content": ANY_FILE}},
    status_code=CREATED,
    responses={
        AS_BEFORE: {**answers(AnswersTaken)[200], "description": "Nothing of it was new, or it was a dry run."},
        CREATED: {**answers(AnswersTaken)[200], "description": "Something of it is recorded."},
    },
)
async def take_bank_answer(request: Request, caller: ByCaller, book: Key, dry_run: OnlyRead = False) -> Response:
    """Take in the pain.002 that the body is; what isn't known is told with its line and changes nothing."""
    opened = await desk_of(request).opened(book)
    content = await whole_body(request)
    voice = Voice(actor=caller.actor, role=caller.role)
    runs = await asyncio.to_thread(take_answer, opened, content, "the body", voice, dry_run=dry_run)
    is_new = any(each.became in {"accepted", "rejected"} for run in runs for each in run.answers)
    return answered(AnswersTaken(answered=runs), CREATED if is_new and not dry_run else AS_BEFORE)


def _party_sought(caller: Caller, party: str | None) -> str | None:
    """Return by which party the list is searched: by their own, where somebody sees only theirs."""
    if not caller.is_party:
        return party
    return caller.party if party in {None, caller.party} else NOBODY
