"""The route that asks what other rules would have decided; nothing is written."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.counterfactuals import CounterfactualShown, as_shown, make_counterfactual, rules_of_rulebook
from api.http.answers import answers
from api.http.desk import AtBook, Day, KeySought, Limit, answered
from projections.counterfactual import Scope
from projections.projection import POSITION_MAX

router = APIRouter(tags=["rulebooks"])

At = Annotated[int, Query(ge=1, lt=2**63)]
From = Annotated[int, Query(alias="from", ge=1, lt=2**63)]


@router.get("/counterfactual", name="counterfactual", responses=answers(CounterfactualShown))
def counterfactual(
    book: AtBook,
    rulebook: Annotated[str, Query(examples=["standard/2"], max_length=129)],
    from_position: From = 1,
    to: At = POSITION_MAX,
    since: Day = date.min,
    until: Day = date.max,
    order: KeySought = None,
    limit: Limit = 100,
) -> Response:
    """
    Return what a rulebook, drafted or published, would have decided in a range of the log or of accounting days.

    What people did and when is held fixed, as `held_fixed` says; `differences` are the first `limit`, totals of all.
    """
    rules = rules_of_rulebook(book, rulebook)
    scope = Scope(from_position, to, since, until, order)
    return answered(as_shown(make_counterfactual(book, lambda _own: rules, scope, limit=limit)))
