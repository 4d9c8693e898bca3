"""
What is said in a dispute in clear: comments, messages, findings, and names of files.

Each command has the tag of the one that it becomes. A text is its author's, and goes when they are forgotten.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import asdict, replace

from api.commands.in_clear import InClear, Keep
from domain import commands
from domain.claim import RemedyKind
from domain.commands import Command, OrderCommand
from domain.commands.disputes import DisputeCommand, NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding, Stance
from domain.side import BUYER, EXPORTER, Side


class FindingInClear(Struct, frozen=True, kw_only=True):
    """A sentence of a decision, in clear, and the numbers of the evidence that it rests on."""

    text: str
    evidence: tuple[int, ...] = ()


class RulingInClear(Struct, frozen=True, kw_only=True):
    """What a mediator would decide about one claim; without an amount, what the remedy's kind says."""

    claim: int
    remedy: RemedyKind
    amount_minor: int | None = None
    reason: str
    findings: tuple[FindingInClear, ...]


class OpenInClear(InClear, OrderCommand, frozen=True, kw_only=True, tag="OpenDispute"):
    """Make claims about an order, as its buyer; their comments are in clear."""

    claims: tuple[NewClaim, ...]
    currency: str = ""

    def committed(self, keep: Keep) -> Command:
        """Return the claims with commitments for their comments."""
        owner = keep.speaker(self.order, BUYER)
        claims = tuple(
            replace(claim, comment=_kept(claim.comment, keep, owner, f"claims.{number}.comment"))
            for number, claim in enumerate(self.claims, start=1)
        )
        return commands.OpenDispute(order=self.order, claims=claims, currency=self.currency)


class AnswerInClear(InClear, DisputeCommand, frozen=True, kw_only=True, tag="AnswerClaim"):
    """Accept or contest a claim, as the exporter; the comment is in clear."""

    claim: int
    stance: Stance
    comment: str = ""

    def committed(self, keep: Keep) -> Command:
        """Return the answer with a commitment for its comment."""
        comment = _kept(self.comment, keep, keep.speaker(self.order, EXPORTER), "comment")
        return commands.AnswerClaim(**(asdict(self) | {"comment": comment}))


class SubmitInClear(InClear, DisputeCommand, frozen=True, kw_only=True, tag="SubmitEvidence"):
    """Hand in evidence that is kept already, by the hash of its bytes; the file's name is in clear."""

    claim: int
    side: Side
    sha256: str
    media_type: str
    size_bytes: int
    name: str = ""
    request: int = 0

    def committed(self, keep: Keep) -> Command:
        """Return the evidence with a commitment for its file's name."""
        name = _kept(self.name, keep, keep.speaker(self.order, self.side), "name")
        return commands.SubmitEvidence(**(asdict(self) | {"name": name}))


class PostInClear(InClear, DisputeCommand, frozen=True, kw_only=True, tag="PostMessage"):
    """Write to the others in a dispute, in clear."""

    text: str

    def committed(self, keep: Keep) -> Command:
        """Return the message with a commitment for its text."""
        text = _kept(self.text, keep, keep.speaker(self.order), "text")
        return commands.PostMessage(order=self.order, dispute=self.dispute, text=text)


class ProposeInClear(InClear, DisputeCommand, frozen=True, kw_only=True, tag="ProposeDecision"):
    """Write a decision, as the dispute's mediator; its findings are in clear."""

    rulings: tuple[RulingInClear, ...]
    currency: str = ""

    def committed(self, keep: Keep) -> Command:
        """Return the decision with commitments for its findings."""
        owner = keep.speaker(self.order)
        rulings = tuple(_ruling(ruling, keep, owner) for ruling in self.rulings)
        return commands.ProposeDecision(order=self.order, dispute=self.dispute, rulings=rulings, currency=self.currency)


SAID_IN_CLEAR: dict[type[Command], type[OrderCommand]] = {
    commands.OpenDispute: OpenInClear,
    commands.AnswerClaim: AnswerInClear,
    commands.SubmitEvidence: SubmitInClear,
    commands.PostMessage: PostInClear,
    commands.ProposeDecision: ProposeInClear,
}
"""By the command that it becomes, what is said in its place by those outside."""


def texts_of(command: Command) -> Iterator[str]:
    """Yield the commitments in a command to what was said in clear."""
    match command:
        case commands.OpenDispute():
            yield from (claim.comment for claim in command.claims if claim.comment)
        case commands.ProposeDecision():
            yield from (finding.text for ruling in command.rulings for finding in ruling.findings)
        case commands.AnswerClaim(comment=text) | commands.SubmitEvidence(name=text) | commands.PostMessage(text=text):
            yield from filter(None, [text])
        case _:
            pass


def _ruling(ruling: RulingInClear, keep: Keep, owner: str) -> ProposedRuling:
    findings = tuple(
        Finding(
            text=_kept(finding.text, keep, owner, f"claims.{ruling.claim}.findings.{number}"),
            evidence=finding.evidence,
        )
        for number, finding in enumerate(ruling.findings, start=1)
    )
    return ProposedRuling(
        claim=ruling.claim,
        remedy=ruling.remedy,
        amount_minor=ruling.amount_minor,
        reason=ruling.reason,
        findings=findings,
    )


def _kept(text: str, keep: Keep, owner: str, field: str) -> str:
    return keep(owner=owner, field=field, value=text) if text else ""
