"""A quarrel is a simulated dispute as its people see it: what stands in it, and what they say and show."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from api.simulation import odds
from api.simulation.cast import Cast
from api.simulation.dice import Dice
from api.simulation.pauses import pause
from api.simulation.stage import Stage, Story
from domain import commands
from domain.claim import Claim, ClaimStatus, RemedyKind
from domain.clock import Clock
from domain.commitment import Commitment
from domain.dispute import Dispute
from domain.references import dispute_id
from domain.side import Side

MEDIA_TYPES = ("image/jpeg", "application/pdf", "video/mp4")
SIZES = (20_000, 8_000_000)


class Drawn(NamedTuple):
    """A remedy that somebody thinks of; without an amount, what its kind says."""

    kind: RemedyKind
    amount_minor: int | None


class Quarrel:
    """One dispute of one order, and whoever takes part in it."""

    def __init__(self, order: str, number: int, *, stage: Stage, cast: Cast) -> None:
        self.order = order
        self.number = number
        self.stage = stage
        self.cast = cast

    @property
    def dice(self) -> Dice:
        """Return the dice."""
        return self.stage.dice

    @property
    def dispute(self) -> Dispute:
        """Return the dispute as it stands."""
        dispute = self.stage.find(Dispute, dispute_id(self.order, self.number))
        assert dispute is not None  # noqa: S101 - a quarrel is about a dispute that was opened
        return dispute

    @property
    def is_over(self) -> bool:
        """Return whether the dispute is settled."""
        return self.dispute.status == "settled"

    @property
    def is_negotiated(self) -> bool:
        """Return whether the two are among themselves still, and have something to talk about."""
        return self.dispute.status == "negotiating" and bool(self.claims("open"))

    def claims(self, *status: ClaimStatus) -> Sequence[Claim]:
        """Return the claims in one of these states."""
        return [claim for claim in self.dispute.claims if claim.status in status]

    def claim(self, number: int) -> Claim:
        """Return a claim as it stands."""
        return self.dispute.claims[number - 1]

    def clock(self, kind: str) -> Clock | None:
        """Return a running clock of the dispute by what stands before its number, or nothing: `offer/2` as well."""
        what, _, concerns = kind.partition("/")
        return self.stage.clock(self.order, "/".join(filter(None, (what, str(self.number), concerns))))

    def wait_for(self, kind: str) -> Story:
        """Say nothing until a clock has passed; where it should have by now, a little longer."""
        clock = self.clock(kind)
        if clock is not None:
            yield self.stage.until(clock.due_at)
        yield self.stage.hours((1, 12))

    def pause(self, kind: str) -> Story:
        """Let a clock stand still for some days, where it runs."""
        if clock := self.clock(kind):
            yield from pause(self.order, clock.name, stage=self.stage)

    def remedy(self, claim: Claim) -> Drawn:
        """Return a remedy for a claim, by chance."""
        kind = self.dice.pick(odds.REMEDIES)
        if kind not in {"partial-refund", "replacement-and-refund"}:
            return Drawn(kind, None)
        part_minor = claim.amount_minor * self.dice.whole(odds.REMEDY_PERCENT) // 100
        return Drawn(kind, part_minor) if part_minor else Drawn("refund", None)

    def by(self, side: Side) -> str:
        """Return who speaks for a side."""
        return self.stage.speaker(self.order, side)

    def say(self, command: commands.OrderCommand, side: Side) -> str:
        """Say something for a side."""
        return self.stage.say(command, self.by(side))

    def text(self, what: str) -> Commitment:
        """Return what stands for something that somebody wrote."""
        return Commitment(self.dice.invented(what))

    def show(self, claim: int, side: Side, *, request: int = 0, actor: str = "") -> str:
        """Hand in evidence for a side."""
        submit = commands.SubmitEvidence(
            order=self.order,
            dispute=self.number,
            claim=claim,
            side=side,
            sha256=self.dice.invented("document"),
            media_type=self.dice.one_of(MEDIA_TYPES),
            size_bytes=self.dice.whole(SIZES),
            name=self.text("file name"),
            request=request,
        )
        return self.stage.say(submit, actor or self.by(side))

    def write(self, actor: Callable[[], str]) -> None:
        """Write to the others, now and then."""
        if self.dice.chance(odds.WRITTEN) and not self.is_over:
            post = commands.PostMessage(order=self.order, dispute=self.number, text=self.text("message"))
            self.stage.say(post, actor())
