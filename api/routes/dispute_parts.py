"""Routes about parts of a dispute: its claims, its evidence, its offers, its decisions and appeals."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.composition import OpenedBook
from api.dispute_views import DisputeView, EvidenceView
from api.disputes import get_dispute
from api.http.answers import answers, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, Key, answered
from api.identity.caller import Caller
from api.listing.page import PageAsked, Paged
from api.packs.scope import scope_for
from api.resources.dispute_parts import (
    AppealView,
    ClaimShown,
    DecisionShown,
    OfferShown,
    appeals_of,
    claim_of,
    claims_of,
    decisions_of,
    offers_of,
)
from api.resources.resource import About, claim_resource, resource_of
from projections.moment import Moment

router = APIRouter(tags=["disputes"])

DISPUTE = "/orders/{order}/disputes/{dispute}"
Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get(f"{DISPUTE}/claims", name="dispute-claims", responses=answers_list(ClaimShown))
def claims(book: AtBook, caller: ByCaller, page: Paged, order: Key, dispute: Number) -> Response:
    """Return the claims of a dispute, each with its offers, its evidence, and what was asked for about it."""
    return page.part_of(claims_of(_paged(page, book, caller, order, dispute)), ClaimShown)


@router.get(f"{DISPUTE}/claims/{{claim}}", name="dispute-claim", responses=answers(resource_of(ClaimShown)))
def claim(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key, dispute: Number, claim: Number) -> Response:
    """Return a claim with its offers, its evidence, what was asked for about it, and what is allowed."""
    moment = asked.of_log(book)
    found = _dispute(book, caller, order, dispute, moment)
    return answered(claim_resource(About(book, caller, moment), found, claim_of(found, claim)), moment=moment)


@router.get(f"{DISPUTE}/evidence", name="dispute-evidence-list", responses=answers_list(EvidenceView))
def evidence(book: AtBook, caller: ByCaller, page: Paged, order: Key, dispute: Number) -> Response:
    """Return what was handed in as evidence in a dispute, by whom, about which claim, by the hash of each document."""
    return page.part_of(_paged(page, book, caller, order, dispute).evidence, EvidenceView)


@router.get(f"{DISPUTE}/offers", name="dispute-offers", responses=answers_list(OfferShown))
def offers(book: AtBook, caller: ByCaller, page: Paged, order: Key, dispute: Number) -> Response:
    """Return the offers of a dispute, and what became of each."""
    return page.part_of(offers_of(_paged(page, book, caller, order, dispute)), OfferShown)


@router.get(f"{DISPUTE}/decisions", name="dispute-decisions", responses=answers_list(DecisionShown))
def decisions(book: AtBook, caller: ByCaller, page: Paged, order: Key, dispute: Number) -> Response:
    """Return the decisions of a dispute with their rulings; to a side, those that were given."""
    return page.part_of(decisions_of(_paged(page, book, caller, order, dispute)), DecisionShown)


@router.get(f"{DISPUTE}/appeals", name="dispute-appeals", responses=answers_list(AppealView))
def appeals(book: AtBook, caller: ByCaller, page: Paged, order: Key, dispute: Number) -> Response:
    """Return for each claim that was decided who appealed or accepted the decision, and until when one may."""
    return page.part_of(appeals_of(_paged(page, book, caller, order, dispute)), AppealView)


def _paged(page: PageAsked, book: OpenedBook, caller: Caller, order: str, dispute: int) -> DisputeView:
    with page.reading(log=True) as (_, moment, position):
        looked_at = Moment(position, moment.as_of)
    return _dispute(book, caller, order, dispute, looked_at)


def _dispute(book: OpenedBook, caller: Caller, order: str, dispute: int, moment: Moment) -> DisputeView:
    scoped = partial(scope_for, caller) if caller.is_party else None
    return get_dispute(book, order, dispute, moment=moment, scoped=scoped)
