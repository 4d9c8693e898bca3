"""Routes that explain: what a figure is the sum of, down to postings, events, commands and rules."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from msgspec.structs import replace

from api.http.answers import answers
from api.http.desk import AtBook, AtMoment, ByCaller, answered
from api.identity.caller import Caller
from api.identity.own import is_shown
from domain.explanation import Explanation, Figure
from projections.explanations import DEPTH_MAX, FigureSought, explain

router = APIRouter(tags=["explanations"])

CHARACTERS_MAX = 200

What = Annotated[str, Path(max_length=CHARACTERS_MAX, examples=["payable:exporter:EXP-1", "release:PO-1/1"])]
Text = Annotated[str, Query(max_length=CHARACTERS_MAX)]


@router.get("/explain/{what:path}", name="explain", responses=answers(Explanation))
def explanation(
    book: AtBook,
    caller: ByCaller,
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
    if caller.is_party:
        found = replace(found, figures=tuple(_shown(caller, figure) for figure in found.figures))
    return answered(found, moment=moment)


def _shown(caller: Caller, figure: Figure) -> Figure:
    """Return a figure without the postings to accounts of other parties that were posted together with its own."""
    return replace(
        figure,
        entry=tuple(posting for posting in figure.entry if is_shown(caller, posting.account)),
        children=tuple(_shown(caller, child) for child in figure.children),
    )
