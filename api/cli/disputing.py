"""Verbs of those who trade, in a dispute: claims, answers, offers, appeals, goods sent back or in place of others."""

from collections.abc import Callable
from typing import Annotated

import typer

from api.cli.arguments import (
    About,
    ArgumentMalformed,
    ClaimNumber,
    Currency,
    OfClaim,
    OfSide,
    RemedyText,
    converted,
    of_dispute,
    remedy_of,
    whole,
)
from api.cli.trading import Reason, Reference, verb
from api.commands.disputes_in_clear import AnswerInClear, OpenInClear, PostInClear
from domain import commands
from domain.claim import ReturnedState
from domain.commands import Command
from domain.commands.disputes import NewClaim
from domain.dispute_events import Stance

CLAIM_SHAPE = "KIND:line=N:quantity=N:amount=300.00, as late, or damaged:line=1:quantity=20; repeat."

Claims = Annotated[list[str], typer.Option("--claim", help=CLAIM_SHAPE)]
Comment = Annotated[str, typer.Option(help="Kept where it can be erased.")]
Comments = Annotated[list[str] | None, typer.Option("--comment", help="Of the first claim, the second, and so on.")]
OfferNumber = Annotated[int, typer.Argument(metavar="OFFER", help="The offer's number, from 1.")]


def open_dispute(order: Reference, claim: Claims, comment: Comments = None, *, book: str) -> Command:
    """Make claims about an order, as its buyer; what is claimed is set aside while it is held."""
    currency = Currency(book, order)
    comments = [*(comment or ()), *[""] * len(claim)]
    claims = tuple(_claim(text, said, currency) for text, said in zip(claim, comments, strict=False))
    return OpenInClear(order=order, claims=claims)


def answer(dispute: About, claim: ClaimNumber, stance: Stance, comment: Comment = "") -> Command:
    """Accept or contest a claim, as the exporter."""
    return AnswerInClear(**dispute._asdict(), claim=claim, stance=stance, comment=comment)


def withdraw(dispute: About, claim: ClaimNumber) -> Command:
    """Take a claim back, as the buyer."""
    return commands.WithdrawClaim(**dispute._asdict(), claim=claim)


def message(dispute: About, text: Annotated[str, typer.Argument(help="Kept where it can be erased.")]) -> Command:
    """Write to the others in a dispute."""
    return PostInClear(**dispute._asdict(), text=text)


def make(dispute: About, claim: OfClaim, side: OfSide, remedy: RemedyText, *, book: str) -> Command:
    """Offer a remedy for a claim, as one side."""
    kind, amount_minor = remedy_of(remedy, Currency(book, dispute.order))
    return commands.MakeOffer(**dispute._asdict(), claim=claim, side=side, remedy=kind, amount_minor=amount_minor)


def accept(dispute: About, offer: OfferNumber, side: OfSide) -> Command:
    """Take an offer, as the other side; it is carried out."""
    return commands.AcceptOffer(**dispute._asdict(), offer=offer, side=side)


def decline(dispute: About, offer: OfferNumber, side: OfSide, reason: Reason = "not-acceptable") -> Command:
    """Leave an offer, or take one's own back."""
    return commands.DeclineOffer(**dispute._asdict(), offer=offer, side=side, reason=reason)


def escalate(dispute: About, side: OfSide) -> Command:
    """Ask for a mediator, as one side."""
    return commands.EscalateDispute(**dispute._asdict(), side=side)


def appeal(
    dispute: About,
    claim: ClaimNumber,
    side: OfSide,
    evidence: Annotated[int, typer.Option(help="The number of what has been handed in since.")] = 0,
) -> Command:
    """Appeal the decision of a claim, as one side, on evidence handed in since."""
    return commands.AppealRuling(**dispute._asdict(), claim=claim, side=side, evidence=evidence)


def waive_appeal(dispute: About, claim: ClaimNumber, side: OfSide) -> Command:
    """Accept the decision of a claim, as one side; when both have, it is carried out."""
    return commands.WaiveAppeal(**dispute._asdict(), claim=claim, side=side)


def dispatch_return(dispute: About, claim: ClaimNumber) -> Command:
    """Send goods back, as the buyer."""
    return commands.DispatchReturn(**dispute._asdict(), claim=claim)


def acknowledge_return(dispute: About, claim: ClaimNumber, state: ReturnedState) -> Command:
    """Say in which state goods came back, as the exporter."""
    return commands.AcknowledgeReturn(**dispute._asdict(), claim=claim, state=state)


def dispatch_replacement(dispute: About, claim: ClaimNumber) -> Command:
    """Send goods in place of those that were wrong, as the exporter."""
    return commands.DispatchReplacement(**dispute._asdict(), claim=claim)


def acknowledge_replacement(
    dispute: About,
    claim: ClaimNumber,
    accepted: Annotated[bool, typer.Option("--accepted/--refused", help="Whether it will do.")] = True,
) -> Command:
    """Take a replacement or not, as the buyer."""
    return commands.AcknowledgeReplacement(**dispute._asdict(), claim=claim, accepted=accepted)


VERBS: dict[str, Callable[..., Command]] = {
    "message": message,
    "escalate": escalate,
    "appeal": appeal,
    "waive-appeal": waive_appeal,
}
ROOMS: dict[str, tuple[str, dict[str, Callable[..., Command]]]] = {
    "claim": ("Claims of a dispute: answered, withdrawn.", {"answer": answer, "withdraw": withdraw}),
    "offer": (
        "Offers of a remedy between the sides: made, accepted, declined.",
        {"make": make, "accept": accept, "decline": decline},
    ),
    "return": (
        "Goods that go back to the exporter.",
        {"dispatch": dispatch_return, "acknowledge": acknowledge_return},
    ),
    "replacement": (
        "Goods that come in place of those that were wrong.",
        {"dispatch": dispatch_replacement, "acknowledge": acknowledge_replacement},
    ),
}


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, some below `claim`, `offer`, `return` and `replacement`."""
    app.command("open-dispute")(verb(open_dispute))
    for name, build in VERBS.items():
        app.command(name)(verb(of_dispute(build)))
    for name, (purpose, verbs) in ROOMS.items():
        room = typer.Typer(help=purpose)
        for below, build in verbs.items():
            room.command(below)(verb(of_dispute(build)))
        app.add_typer(room, name=name, no_args_is_help=True)


def _claim(text: str, comment: str, currency: Currency) -> NewClaim:
    kind, *parts = text.split(":")
    fields: dict[str, object] = {"kind": kind, "comment": comment}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or name not in {"line", "quantity", "amount"}:
            raise ArgumentMalformed(argument="claim", problem=f"not of the shape {CLAIM_SHAPE}: {text}")
        if name == "amount":
            fields["amount_minor"] = currency.minor(value)
        else:
            fields[name] = whole(value, argument="claim")
    said: NewClaim = converted(fields, NewClaim, argument="claim")
    return said
