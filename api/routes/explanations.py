"""Routes that explain: what a figure is the sum of, down to postings, events, commands and rules."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.desk import AtBook, AtMoment, answered
from projections.explanations import DEPTH_MAX, FigureSought, explain

router = APIRouter(tags=["explanations"])

CHARACTERS_MAX = 200

What = Annotated[str, Path(max_length=CHARACTERS_MAX, examples=["payable:exporter:EXP-1", "release:PO-1/1"])]
Text = Annotated[str, Query(max_length=CHARACTERS_MAX)]


@router.get("/explain/{what:path}", name="explain")
def explanation(
    book: AtBook,
    at: AtMoment,
    what: What,
    currency: Text = "",
    within: Text = "",
    after: Text = "",
    depth: Annotated[int | None, Query(ge=0, le=DEPTH_MAX)] = None,
) -> Response:
    """
    Return an account's balance, or the money of an order, release, refund or commission, as a tree of sums.

    `within` is a year, month or day of posting dates; a figure that isn't unfolded says in `further` what to ask.
    """
    moment = at.resolve(book)
    with book.pool.connection() as connection:
        found = explain(connection, book.name, FigureSought(what, currency, within, after, depth), moment)
    return answered(found, moment=moment)
