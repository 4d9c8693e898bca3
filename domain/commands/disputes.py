"""Commands about a dispute: by the buyer, the exporter, the mediators, and what follows from them."""

from collections.abc import Sequence

from msgspec import Struct

from domain.claim import ClaimKind, RemedyKind, ReturnedState
from domain.commands.command import OrderCommand
from domain.dispute import ProposedRuling
from domain.dispute_events import Stance
from domain.references import dispute_id
from domain.side import Side


class NewClaim(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """
    A claim to be made.

    line: from 1, or 0 for the whole order; quantity: of that line, without one all of it; amount_minor: in the order's
    currency, without one what the line's quantity is worth or, for goods that are late, what the rules give;
    comment: a commitment.
    """

    kind: ClaimKind
    line: int = 0
    quantity: int | None = None
    amount_minor: int | None = None
    comment: str = ""


class OpenDispute(OrderCommand, frozen=True, kw_only=True):
    """Make claims about an order, as its buyer; what is claimed is set aside while it is held."""

    claims: tuple[NewClaim, ...]
    currency: str = ""
    """Of the amounts: the order's, which it is also where none is said."""


class DisputeCommand(OrderCommand, frozen=True, kw_only=True):
    """An intent about one dispute of an order; without a number, the first."""

    dispute: int = 1

    def subjects(self) -> Sequence[str]:
        """Return the order, its money, its clocks, and the dispute."""
        return (*super().subjects(), dispute_id(self.order, self.dispute))


class AnswerClaim(DisputeCommand, frozen=True, kw_only=True):
    """Accept or contest a claim, as the exporter. The comment is a commitment."""

    claim: int
    stance: Stance
    comment: str = ""


class WithdrawClaim(DisputeCommand, frozen=True, kw_only=True):
    """Take a claim back, as the buyer."""

    claim: int


class SubmitEvidence(DisputeCommand, frozen=True, kw_only=True):
    """Hand in evidence about a claim; `request` is what it answers, 0 for none. The file's name is a commitment."""

    claim: int
    side: Side
    sha256: str
    media_type: str
    size_bytes: int
    name: str = ""
    request: int = 0


class PostMessage(DisputeCommand, frozen=True, kw_only=True):
    """Write to the others in a dispute; the text is a commitment."""

    text: str


class MakeOffer(DisputeCommand, frozen=True, kw_only=True):
    """Offer a remedy for a claim, as one side; without an amount, what the remedy's kind says."""

    claim: int
    side: Side
    remedy: RemedyKind
    amount_minor: int | None = None
    currency: str = ""
    """Of the amount: the order's, which it is also where none is said."""


class AcceptOffer(DisputeCommand, frozen=True, kw_only=True):
    """Take an offer, as the other side; it is carried out."""

    offer: int
    side: Side


class DeclineOffer(DisputeCommand, frozen=True, kw_only=True):
    """Leave an offer, or take one's own back."""

    offer: int
    side: Side
    reason: str


class EscalateDispute(DisputeCommand, frozen=True, kw_only=True):
    """Ask for a mediator, as one side."""

    side: Side


class AssignMediator(DisputeCommand, frozen=True, kw_only=True):
    """Give a dispute to a mediator, by key."""

    mediator: str


class DeclareConflict(DisputeCommand, frozen=True, kw_only=True):
    """Say, as the dispute's mediator, whether something ties one to a party."""

    conflict: bool


class RecuseMediator(DisputeCommand, frozen=True, kw_only=True):
    """Take a dispute from its mediator."""

    reason: str


class RequestEvidence(DisputeCommand, frozen=True, kw_only=True):
    """Ask a side for evidence about a claim, as the dispute's mediator."""

    claim: int
    of: Side
    what: str


class ProposeDecision(DisputeCommand, frozen=True, kw_only=True):
    """Write a decision, as the dispute's mediator; from a threshold on it waits for a second one."""

    rulings: tuple[ProposedRuling, ...]
    currency: str = ""
    """Of the amounts: the order's, which it is also where none is said."""


class ApproveDecision(DisputeCommand, frozen=True, kw_only=True):
    """Agree to a decision, as a second mediator, which gives it."""

    decision: int


class ReturnDecision(DisputeCommand, frozen=True, kw_only=True):
    """Send a decision back, as a second mediator."""

    decision: int
    reason: str


class AppealRuling(DisputeCommand, frozen=True, kw_only=True):
    """Appeal the decision of a claim, as one side, on evidence handed in since."""

    claim: int
    side: Side
    evidence: int


class WaiveAppeal(DisputeCommand, frozen=True, kw_only=True):
    """Accept the decision of a claim, as one side; when both have, it is carried out."""

    claim: int
    side: Side


class DispatchReturn(DisputeCommand, frozen=True, kw_only=True):
    """Send goods back, as the buyer."""

    claim: int


class AcknowledgeReturn(DisputeCommand, frozen=True, kw_only=True):
    """Say in which state goods came back, as the exporter."""

    claim: int
    state: ReturnedState


class DispatchReplacement(DisputeCommand, frozen=True, kw_only=True):
    """Send goods in place of those that were wrong, as the exporter."""

    claim: int


class AcknowledgeReplacement(DisputeCommand, frozen=True, kw_only=True):
    """Take a replacement or not, as the buyer."""

    claim: int
    accepted: bool


class EscalateByClock(DisputeCommand, frozen=True, kw_only=True):
    """Ask for a mediator because the time to negotiate is over."""


class CloseEvidenceRequest(DisputeCommand, frozen=True, kw_only=True):
    """Take evidence for a request no longer as being in time."""

    request: int


class ExpireOffer(DisputeCommand, frozen=True, kw_only=True):
    """Take an offer off the table that nobody answered."""

    offer: int


class ApproveDecisionByRule(DisputeCommand, frozen=True, kw_only=True):
    """Agree to a decision that needs no second mediator."""

    decision: int


class GiveDecision(DisputeCommand, frozen=True, kw_only=True):
    """Give an approved decision."""

    decision: int


class FinaliseRulings(DisputeCommand, frozen=True, kw_only=True):
    """Let decided claims be final that nobody appealed."""

    claims: tuple[int, ...]


class LapseReturn(DisputeCommand, frozen=True, kw_only=True):
    """Let a return lapse that the buyer didn't send."""

    claim: int


class LapseReplacement(DisputeCommand, frozen=True, kw_only=True):
    """Let a replacement lapse that the exporter didn't send: what was claimed is refunded."""

    claim: int


class SettleClaims(DisputeCommand, frozen=True, kw_only=True):
    """Bring claims to their end: free what was set aside for them and pay what their remedies give back."""

    claims: tuple[int, ...]


class SettleDispute(DisputeCommand, frozen=True, kw_only=True):
    """Bring a dispute to its end, once all its claims are."""


class PayAwards(DisputeCommand, frozen=True, kw_only=True):
    """Pay what was awarded and waited for frozen money."""


class SetMoneyAside(DisputeCommand, frozen=True, kw_only=True):
    """Set aside what is held, as far as claims lack it."""


class SatisfyClaims(DisputeCommand, frozen=True, kw_only=True):
    """Count money that the buyer's bank took back towards the open claims."""

    amount_minor: int
