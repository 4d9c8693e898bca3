"""
A bank answers a file of payouts with pain.002: what it accepts is recorded as accepted, what it rejects as rejected.

Taking an answer in twice changes nothing. What isn't known here, what comes too late and what contradicts the log is
told and changes nothing either; that money has left is recorded when a statement shows it, not before.
"""

from collections import Counter
from contextlib import suppress
from typing import Literal

from msgspec import Struct

from api.composition import OpenedBook
from api.exchange.credit_transfers.instructed import read_instructed
from api.exchange.credit_transfers.transfer import InstructedFile
from api.exchange.credit_transfers.transfer import InstructedPayout as InFile
from api.exchange.payment_status.pain_002 import read_payment_status
from api.exchange.payment_status.report import StatusReport
from api.exchange.payment_status.standing import PayoutStatus as Answered
from api.exchange.payment_status.standing import statuses_of
from api.payouts.file_making import PayoutFileUnmakeable, content_of
from api.payouts.instructing import WHY
from api.payouts.saying import Voice, say_all
from domain import commands
from domain.commands import Command
from domain.errors import LedgerError
from domain.money import Money
from domain.references import KEY
from ledger.outcomes import Rejected
from ledger.reads import Reader
from projections.payouts import PayoutRow, PayoutsSought, search_payout_files, search_payouts

Became = Literal["accepted", "rejected", "known", "waits", "unsaid", "refused"]
NO_CODE = "NARR"
"""The reason of a rejection for which the bank gives no code: it says why in words only. Source: ISO 20022."""


class Answer(Struct, frozen=True, kw_only=True):
    """
    What a bank's answer says of a payout, and what became of it here.

    code: the bank's status; reason: its reason in clear words; became: `known` where it was recorded before, `waits`
    where the bank hasn't decided, `unsaid` where it says nothing, `refused` by the rule `refusal`.
    """

    payout: str
    code: str
    reason: str
    became: Became
    refusal: str = ""


class AnswerProblem(Struct, frozen=True, kw_only=True):
    """What couldn't be read or isn't known here. line: of the answer, 0 where none is meant."""

    line: int
    problem: str


class AnswerRun(Struct, frozen=True, kw_only=True):
    """What came of one answer: the file that it is about, what it says of each payout, what couldn't be used."""

    file: str
    answers: list[Answer]
    problems: list[AnswerProblem]


def take_answer(book: OpenedBook, content: bytes, name: str, voice: Voice, *, dry_run: bool = False) -> list[AnswerRun]:
    """
    Take in a bank's answers. name: what the file with them is called; a dry run tells what would become of them.

    Raises, in this order: PaymentStatusUnreadable, and what `Writer.submit` does.
    """
    reports = read_payment_status(content, name=name).reports
    book.runner.catch_up()
    return [_take(book, report, voice, dry_run=dry_run) for report in reports]


def _take(book: OpenedBook, report: StatusReport, voice: Voice, *, dry_run: bool) -> AnswerRun:
    rows = _rows(book, report.message_id)
    said = statuses_of(report, _original(book, report.message_id, rows, voice))
    by_key = {row.payout: row for row in rows}
    commands_said = [(each, _command(each, by_key[each.payout])) for each in said.payouts]
    outcomes = iter(say_all(book, [command for _, command in commands_said if command], voice, dry_run=dry_run))
    answers = [
        _became(each, by_key[each.payout], next(outcomes) if command else None) for each, command in commands_said
    ]
    problems = [AnswerProblem(line=each.line, problem=each.reason) for each in said.problems]
    return AnswerRun(file=report.message_id, answers=answers, problems=problems)


def _rows(book: OpenedBook, file: str) -> list[PayoutRow]:
    if not KEY.fullmatch(file):
        return []
    with book.pool.connection() as connection:
        return search_payouts(connection, book.name, PayoutsSought(file=file))


def _original(book: OpenedBook, file: str, rows: list[PayoutRow], voice: Voice) -> InstructedFile | None:
    """
    Return a file as the log has it, or nothing where there is none.

    Only euro are paid in two ways, each in a batch of its own: which payout is in which, the file itself says.
    """
    with book.pool.connection() as connection:
        found = next(iter(search_payout_files(connection, book.name, file=file) if rows else []), None)
    if found is None:
        return None
    if found.currency == "EUR":
        with suppress(PayoutFileUnmakeable):
            return read_instructed(content_of(book, file, Reader(voice.actor, voice.role, WHY)))
    return InstructedFile(
        message=found.format,
        message_id=file,
        execution_date=found.pay_on,
        payouts=tuple(
            InFile(payout=row.payout, batch=f"{file}-1", amount=Money(row.currency, row.amount_minor)) for row in rows
        ),
    )


def _command(said: Answered, row: PayoutRow) -> Command | None:
    match said.standing:
        case "accepted" | "settled" if row.status == "instructed":
            return commands.AcceptPayout(payout=said.payout, answer=_code(said.code, "ACCP"))
        case "rejected" if row.status in {"instructed", "accepted"}:
            reason = next((each.code for each in said.reasons if each.code), NO_CODE)
            return commands.RejectPayout(payout=said.payout, reason=_code(reason, NO_CODE))
        case _:
            return None


def _code(said: str, otherwise: str) -> str:
    return said if KEY.fullmatch(said) else otherwise


def _became(said: Answered, row: PayoutRow, outcome: object) -> Answer:
    became, refusal = _word(said, row), ""
    if isinstance(outcome, Rejected | LedgerError):
        became, refusal = "refused", outcome.code
    reason = "; ".join(filter(None, (f"{each.sentence} {each.information}".strip() for each in said.reasons)))
    return Answer(payout=said.payout, code=said.code, reason=reason, became=became, refusal=refusal)


def _word(said: Answered, row: PayoutRow) -> Became:
    """Return what became of what is said, where no rule refused it."""
    match said.standing:
        case "pending" | "partly":
            return "waits"
        case "unsaid" | "unknown":
            return "unsaid"
        case "rejected":
            return _one_of(row, {"instructed": "rejected", "accepted": "rejected", "rejected": "known"})
        case "accepted" | "settled":
            before: dict[str, Became] = {"accepted": "known", "debited": "known", "returned": "known"}
            return _one_of(row, {"instructed": "accepted", **before})


def _one_of(row: PayoutRow, words: dict[str, Became]) -> Became:
    return words.get(row.status, "refused")


def counted(run: AnswerRun) -> dict[Became, int]:
    """Return how many payouts became what."""
    return dict(Counter(each.became for each in run.answers))
