"""The shapes in which the API and the command line show a dispute; amounts in minor units."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from api.views import TimelineStep
from domain.claim import ClaimKind, ClaimStatus, Remedy
from domain.dispute import DisputeStatus
from domain.dispute_events import EscalatedBy, Ruling, Stance
from domain.side import Side
from projections.deadlines import DeadlineRow

OfferState = Literal["open", "accepted", "declined", "expired", "off-the-table"]
DecisionState = Literal["pending", "given", "returned", "overtaken"]


class ClaimView(Struct, frozen=True, kw_only=True):
    """
    A claim as it stands, amounts in minor units.

    line: 0 for the whole order; comment, answer: what the buyer and the exporter say, as commitments; stance: of the
    exporter, empty while it is silent; remedy: what was agreed or decided; decision: that it waits out the appeal of, 0
    for none; paid: when it was settled, nothing before.
    """

    number: int
    kind: ClaimKind
    line: int
    quantity: int
    days_late: int
    amount_minor: int
    comment: str
    status: ClaimStatus
    stance: Stance | Literal[""]
    answer: str
    set_aside_minor: int
    charged_back_minor: int
    remedy: Remedy | None
    decision: int
    appealed_by: Side | Literal[""]
    waived_by: list[Side]
    goods_on_their_way: bool
    paid_minor: int | None


class OfferView(Struct, frozen=True, kw_only=True):
    """An offer and what became of it; off the table: overtaken by another one, or by the end of its claim."""

    number: int
    claim: int
    by: Side
    remedy: Remedy
    made_at: datetime
    state: OfferState


class RequestView(Struct, frozen=True, kw_only=True):
    """What a mediator asked one side for. over: what answers it now is late."""

    number: int
    claim: int
    of: Side
    what: str
    asked_at: datetime
    answered: bool
    over: bool


class EvidenceView(Struct, frozen=True, kw_only=True):
    """A piece of evidence; late: it stands outside what the first decision may rest on. The name is a commitment."""

    number: int
    claim: int
    by: Side
    request: int
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    submitted_at: datetime
    late: bool


class MessageView(Struct, frozen=True, kw_only=True):
    """What somebody wrote to the others. The text is a commitment."""

    number: int
    by: str
    text: str
    posted_at: datetime


class DecisionView(Struct, frozen=True, kw_only=True):
    """
    A decision: its rulings with findings and the evidence that each rests on, and the seal of all that was considered.

    approved_by: a second mediator or the rulebook; empty while neither has.
    """

    number: int
    mediator: str
    appeal: bool
    at_stake_minor: int
    rulings: tuple[Ruling, ...]
    evidence: tuple[int, ...]
    evidence_sha256: str
    proposed_at: datetime
    state: DecisionState
    approved_by: str
    given_at: datetime | None


class DisputeView(Struct, frozen=True, kw_only=True):
    """
    A dispute with everything that its mediator looks at, amounts in minor units.

    set_aside: kept for its claims now; escalated_by: empty where nobody has asked for a mediator; clocks: those that
    run about it, the first due first; texts: by commitment, what is in clear behind it where somebody asked to see it,
    null where it is erased.
    """

    dispute: str
    order: str
    number: int
    status: DisputeStatus
    buyer: str
    exporter: str
    currency: str
    mediator: str
    mediator_declared: bool
    recused: list[str]
    opened_at: datetime
    escalated_at: datetime | None
    escalated_by: EscalatedBy | Literal[""]
    settled_at: datetime | None
    claimed_minor: int
    set_aside_minor: int
    paid_minor: int
    claims: list[ClaimView]
    offers: list[OfferView]
    requests: list[RequestView]
    evidence: list[EvidenceView]
    messages: list[MessageView]
    decisions: list[DecisionView]
    clocks: list[DeadlineRow]
    texts: dict[str, str | None] | None
    timeline: list[TimelineStep]
