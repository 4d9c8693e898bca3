"""A dispute as its mediator reads it, from the log: claims, offers, evidence, decisions, clocks, all that happened."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, NamedTuple, TypeVar

from api.composition import OpenedBook
from api.dispute_views import (
    ClaimView,
    DecisionState,
    DecisionView,
    DisputeView,
    EvidenceView,
    MessageView,
    OfferState,
    OfferView,
    RequestView,
)
from api.packs.scope import SEES_ALL, Scope
from api.revealing import reveal_values
from api.views import timeline_step
from domain import dispute_events as happened
from domain.aggregate import Aggregate, Event
from domain.claim import Claim
from domain.dispute import Dispute
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.hold import Hold
from domain.references import (
    ReferenceMalformed,
    clocks_id,
    dispute_id,
    hold_id,
    key,
    key_of,
    number_of_dispute,
    order_of_dispute,
)
from ledger.reads import Reader
from projections.deadlines import DeadlineRow, running_after
from projections.disputes import Course, courses_after
from projections.moment import NOW, Moment
from projections.streams import folded
from projections.timelines import around, concerning, count_disputes, counted, events_of


@dataclass(eq=False, kw_only=True)
class DisputeNotFound(NotFound):
    """There is no such dispute about an order of this book, or not yet at the position that was read."""

    code: ClassVar[str] = "dispute.not_found"
    dispute: str


def get_dispute(
    book: OpenedBook,
    order: str,
    number: int | None = None,
    *,
    reader: Reader | None = None,
    moment: Moment = NOW,
    scoped: Callable[[Sequence[Recorded]], Scope] | None = None,
) -> DisputeView:
    """
    Return an order's dispute as it stood at a moment, the latest where no number is given.

    Its texts are in clear for a reader, who is recorded. scoped: returns what of some events is shown; all where it
    isn't given.

    Raises, in this order: DisputeNotFound, SubmissionMalformed.
    """
    with book.pool.connection() as connection:
        asked = count_disputes(connection, book.name, order, moment=moment) if number is None else number
        reference = dispute_id(order, asked)
        recorded = events_of(connection, book.name, around(reference), up_to=moment.position)
    history = _History(reference, recorded, moment, scoped)
    if history.course is None:
        raise DisputeNotFound(dispute=order if number is None else f"{order}/{number}")
    texts = reveal_values(book, reader, reference, history.texts()) if reader else None
    return _view(history.course, history, texts)


def dispute_sought(reference: str) -> tuple[str, int | None]:
    """
    Read what people call a dispute: `PO-1/2`, or `PO-1` for the latest of that order.

    Raises: ReferenceMalformed.
    """
    order, slash, number = reference.removeprefix("dispute:").partition("/")
    key(order, field="dispute")
    if slash and not (number.isascii() and number.isdigit()):
        raise ReferenceMalformed(field="dispute", value=reference[:80])
    return order, int(number) if slash else None


E = TypeVar("E", bound=Event)


class _Happened(NamedTuple, Generic[E]):
    event: E
    at: datetime


class _History:
    """What had happened to one dispute and around it at a moment, to be asked by kind of event."""

    def __init__(
        self,
        reference: str,
        recorded: Sequence[Recorded],
        moment: Moment,
        scoped: Callable[[Sequence[Recorded]], Scope] | None,
    ) -> None:
        order = order_of_dispute(reference)
        by_thing: dict[str, list[Recorded]] = {}
        for each in counted(recorded, moment):
            by_thing.setdefault(each.originator_id, []).append(each)
        self.events = by_thing.get(reference, [])
        self.course = courses_after({}, self.events, moment=moment).get(reference)
        self.hold = folded(by_thing.get(hold_id(order), []), moment=moment)
        running = running_after({}, by_thing.get(clocks_id(order), []))
        known = [each for each in recorded if each.originator_id == reference]
        scope = scoped(known) if scoped and known else SEES_ALL
        self.shown = scope.shown(self.events)
        self.clocks = [row for row in running.values() if scope.sees_clock(row.clock)]
        self.timeline = scope.shown(counted(concerning(reference, recorded), moment))

    def each(self, kind: type[E]) -> Iterator[_Happened[E]]:
        """Yield what happened of one kind, in order."""
        for recorded in self.shown:
            if isinstance(recorded.event, kind):
                yield _Happened(recorded.event, recorded.state.occurred_at)

    def last(self, kind: type[E], **fields: int) -> _Happened[E] | None:
        """Return what happened last of one kind with these values in its fields, or nothing."""
        found = None
        for one in self.each(kind):
            if all(getattr(one.event, name) == value for name, value in fields.items()):
                found = one
        return found

    def texts(self) -> dict[str, str]:
        """Return, by commitment, what it stands for of everything that was said in words: `claims.1.comment`."""
        return {text: field for recorded in self.shown for field, text in texts_of(recorded.event)}


def texts_of(event: Event) -> list[tuple[str, str]]:
    """Return what was said in words in an event of a dispute: which text it is, and what stands for it."""
    return [(field, text) for field, text in _texts_of(event) if text]


def _texts_of(event: Event) -> Iterator[tuple[str, str]]:
    match event:
        case happened.DisputeOpened():
            yield from ((f"claims.{claim.number}.comment", claim.comment) for claim in event.claims)
        case happened.DisputeAnswered():
            yield f"claims.{event.claim}.answer", event.comment
        case happened.DisputeEvidenceSubmitted():
            yield f"evidence.{event.evidence}.name", event.name
        case happened.DisputeMessagePosted():
            yield f"messages.{event.message}.text", event.text
        case happened.DisputeDecisionProposed():
            for ruling in event.rulings:
                about = f"decisions.{event.decision}.claims.{ruling.claim}.findings"
                yield from ((f"{about}.{number}", one.text) for number, one in enumerate(ruling.findings, start=1))
        case _:
            pass


def _view(course: Course, history: _History, texts: dict[str, str | None] | None) -> DisputeView:
    dispute = course.dispute
    escalated = history.last(happened.DisputeEscalated)
    return DisputeView(
        dispute=key_of(dispute.reference),
        order=order_of_dispute(dispute.reference),
        number=number_of_dispute(dispute.reference),
        status=dispute.status,
        buyer=dispute.buyer,
        exporter=dispute.exporter,
        currency=dispute.currency,
        mediator=course.mediator,
        mediator_declared=dispute.mediator_declared,
        recused=sorted(dispute.recused),
        opened_at=dispute.opened_at,
        escalated_at=course.escalated_at,
        escalated_by=escalated.event.by if escalated else "",
        settled_at=course.settled_at,
        claimed_minor=sum(claim.amount_minor for claim in dispute.claims),
        set_aside_minor=_set_aside_minor(dispute, history.hold),
        paid_minor=dispute.paid_minor,
        claims=[_claim(claim, dispute, history) for claim in dispute.claims],
        offers=[_offer(made, dispute, history) for made in history.each(happened.DisputeOfferMade)],
        requests=[_request(asked, dispute) for asked in history.each(happened.DisputeEvidenceRequested)],
        evidence=[_evidence(submitted) for submitted in history.each(happened.DisputeEvidenceSubmitted)],
        messages=[_message(posted) for posted in history.each(happened.DisputeMessagePosted)],
        decisions=[_decision(one, dispute, history) for one in history.each(happened.DisputeDecisionProposed)],
        clocks=_clocks(dispute, history.clocks),
        texts=texts,
        timeline=[timeline_step(each) for each in history.timeline],
    )


def _set_aside_minor(dispute: Dispute, hold: Aggregate | None) -> int:
    return hold.disputed_minor if isinstance(hold, Hold) and dispute.status != "settled" else 0


def _clocks(dispute: Dispute, running: Iterable[DeadlineRow]) -> list[DeadlineRow]:
    about = (row for row in running if row.about == dispute.reference)
    return sorted(about, key=lambda row: (row.due_at, row.clock))


def _claim(claim: Claim, dispute: Dispute, history: _History) -> ClaimView:
    opened = next(history.each(happened.DisputeOpened))
    made = opened.event.claims[claim.number - 1]
    answered = history.last(happened.DisputeAnswered, claim=claim.number)
    appealed = history.last(happened.DisputeAppealed, claim=claim.number)
    settled = history.last(happened.DisputeClaimSettled, claim=claim.number)
    return ClaimView(
        number=claim.number,
        kind=claim.kind,
        line=claim.line,
        quantity=claim.quantity,
        days_late=made.days_late,
        amount_minor=claim.amount_minor,
        comment=made.comment,
        status=claim.status,
        stance=answered.event.stance if answered else "",
        answer=answered.event.comment if answered else "",
        set_aside_minor=claim.set_aside_minor,
        charged_back_minor=claim.charged_back_minor,
        remedy=claim.remedy,
        decision=claim.decision,
        appealed_by=appealed.event.by if appealed else "",
        waived_by=sorted(claim.waived_by),
        goods_on_their_way=claim.number in dispute.on_their_way,
        paid_minor=settled.event.paid_minor if settled else None,
    )


def _offer(made: _Happened[happened.DisputeOfferMade], dispute: Dispute, history: _History) -> OfferView:
    offer = made.event
    return OfferView(
        number=offer.offer,
        claim=offer.claim,
        by=offer.by,
        remedy=offer.remedy,
        made_at=made.at,
        state=_offer_state(offer.offer, dispute, history),
    )


def _offer_state(number: int, dispute: Dispute, history: _History) -> OfferState:
    if any(offer.number == number for offer in dispute.offers):
        return "open"
    if history.last(happened.DisputeOfferAccepted, offer=number):
        return "accepted"
    if history.last(happened.DisputeOfferDeclined, offer=number):
        return "declined"
    return "expired" if history.last(happened.DisputeOfferExpired, offer=number) else "off-the-table"


def _request(asked: _Happened[happened.DisputeEvidenceRequested], dispute: Dispute) -> RequestView:
    request = asked.event
    return RequestView(
        number=request.request,
        claim=request.claim,
        of=request.of,
        what=request.what,
        asked_at=asked.at,
        answered=any(piece.request == request.request for piece in dispute.evidence),
        over=any(each.number == request.request and each.over for each in dispute.requests),
    )


def _evidence(submitted: _Happened[happened.DisputeEvidenceSubmitted]) -> EvidenceView:
    piece = submitted.event
    return EvidenceView(
        number=piece.evidence,
        claim=piece.claim,
        by=piece.by,
        request=piece.request,
        name=piece.name,
        media_type=piece.media_type,
        size_bytes=piece.size_bytes,
        sha256=piece.sha256,
        submitted_at=submitted.at,
        late=piece.late,
    )


def _message(posted: _Happened[happened.DisputeMessagePosted]) -> MessageView:
    message = posted.event
    return MessageView(number=message.message, by=message.by, text=message.text, posted_at=posted.at)


def _decision(one: _Happened[happened.DisputeDecisionProposed], dispute: Dispute, history: _History) -> DecisionView:
    decision = one.event
    approved = history.last(happened.DisputeDecisionApproved, decision=decision.decision)
    kind = happened.DisputeAppealDecided if decision.appeal else happened.DisputeDecided
    given = history.last(kind, decision=decision.decision)
    returned = history.last(happened.DisputeDecisionReturned, decision=decision.decision)
    return DecisionView(
        number=decision.decision,
        mediator=decision.mediator,
        appeal=decision.appeal,
        at_stake_minor=decision.at_stake_minor,
        rulings=decision.rulings,
        evidence=decision.evidence,
        evidence_sha256=decision.evidence_sha256,
        proposed_at=one.at,
        state=_decision_state(decision.decision, dispute, given=given is not None, returned=returned is not None),
        approved_by=approved.event.approved_by if approved else "",
        given_at=given.at if given else None,
    )


def _decision_state(number: int, dispute: Dispute, *, given: bool, returned: bool) -> DecisionState:
    if given:
        return "given"
    if returned:
        return "returned"
    return "pending" if dispute.pending and dispute.pending.number == number else "overtaken"
