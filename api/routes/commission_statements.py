"""Routes on which a partner is told what it earned, with the evidence to check it by."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from api.commission_statements import CommissionStatement, commission_statements
from api.exchange.commission_statement_csv import commission_statement_csv
from api.exchange.commission_statement_pdf import commission_statement_pdf
from api.http.answers import Responses, answers, answers_bytes
from api.http.desk import AtBook, AtMoment, ByReader, Day, InDesk, Key, answered
from api.packs.making import make_commission_pack
from api.routes.packs import ZIP
from projections.moment import Moment
from projections.statements import StatementMalformed

router = APIRouter(tags=["agreements"])

CSV, PDF = "text/csv", "application/pdf"


class CommissionStatements(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner is told: a statement for each currency in which anything was ever posted to it."""

    partner: str
    statements: list[CommissionStatement]


def _answers() -> Responses:
    described = answers(CommissionStatements)
    described[200]["content"] |= answers_bytes(CSV, PDF)[200]["content"]
    return described


@router.get(
    "/parties/{party}/commission-statement",
    name="commission-statement",
    response_class=Response,
    responses=_answers(),
)
def statement(
    book: AtBook,
    asked: AtMoment,
    party: Key,
    first_on: Annotated[Day | None, Query(alias="from")] = None,
    last_on: Annotated[Day | None, Query(alias="to")] = None,
    currency: Annotated[str, Query(pattern="^([A-Z]{3})?$")] = "",
    form: Annotated[Literal["json", "csv", "pdf"], Query(alias="format")] = "json",
) -> Response:
    """
    Return what accrued, became due, was withheld, taken back and paid to a partner between two days of posting, both
    included, event by event. Each line names the position of its event, which the evidence pack proves.
    """
    if asked.as_of is not None:
        raise StatementMalformed(field="as_of", problem="`to` says up to which day")
    position = asked.resolve(book).position
    with book.pool.connection() as connection:
        found = commission_statements(
            connection, book.name, party, first_on=first_on, last_on=last_on, currency=currency, position=position
        )
    if form == "json":
        return answered(CommissionStatements(partner=party, statements=found), moment=Moment(position))
    headers = {
        "Ledger-Position": str(position),
        "Content-Disposition": f'attachment; filename="commission-{party}.{form}"',
    }
    if form == "csv":
        told, media_type = commission_statement_csv(found), f"{CSV}; charset=utf-8; header=present"
        return Response(told, headers=headers, media_type=media_type)
    return Response(commission_statement_pdf(found, book=book.name), headers=headers, media_type=PDF)


@router.get(
    "/parties/{party}/commission-statement/evidence-pack",
    name="commission-evidence-pack",
    response_class=Response,
    responses=answers_bytes(ZIP),
)
def evidence_pack(book: AtBook, desk: InDesk, party: Key, reader: ByReader) -> Response:
    """Return all that proves a partner's statements, as a zip with its verifier: nothing of the ledger is needed."""
    made = make_commission_pack(book, party, reader, made_at=book.world.clock(), policy=desk.witness_policy)
    headers = {
        "Content-Disposition": f'attachment; filename="commission-{party}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(made.content, headers=headers, media_type=ZIP)
