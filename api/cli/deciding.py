"""Verbs of mediators, and of evidence: a dispute is taken on, documents are handed in, decisions are written."""

import inspect
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.arguments import (
    About,
    ArgumentMalformed,
    ClaimNumber,
    Currency,
    OfClaim,
    OfSide,
    ReaderActor,
    ReaderRole,
    Why,
    of_dispute,
    remedy_of,
    whole,
)
from api.cli.packing import PACK, EvidenceVerbs, pack
from api.cli.terminal import BookName, book_of, out
from api.cli.trading import Reason, verb
from api.commands.disputes_in_clear import FindingInClear, ProposeInClear, RulingInClear, SubmitInClear
from api.revealing import reveal_evidence
from domain import commands
from domain.commands import Command
from domain.side import Side
from ledger.evidence_store import EVIDENCE_BYTES_MAX, EvidenceTooLarge
from ledger.reads import Reader

RULING_SHAPE = "CLAIM:REMEDY or CLAIM:REMEDY:AMOUNT, as 1:partial-refund:150.00"
FINDING_SHAPE = "CLAIM=TEXT or CLAIM:EVIDENCE,EVIDENCE=TEXT, as 1:2,3=The seams are torn."

Document = Annotated[Path, typer.Argument(metavar="FILE", help="The document.", exists=True, dir_okay=False)]
MediatorKey = Annotated[str, typer.Argument(metavar="MEDIATOR", help="The mediator's key, as MED-1.")]
Mediator = Annotated[
    str | None, typer.Option("--mediator", help="Who says it, by key: short for --actor mediator:KEY --role mediator.")
]
DecisionNumber = Annotated[int, typer.Argument(metavar="DECISION", help="The decision's number, from 1.")]


def add(
    dispute: About,
    file: Document,
    claim: OfClaim,
    side: OfSide,
    request: Annotated[int, typer.Option(help="The number of the mediator's request that it answers.")] = 0,
    media_type: Annotated[str | None, typer.Option(help="As image/jpeg; else by the file's name.")] = None,
    *,
    book: str,
) -> Command:
    """Hand in a document as evidence about a claim: it is kept by its hash, its name where it can be erased."""
    size_bytes = file.stat().st_size
    if size_bytes > EVIDENCE_BYTES_MAX:
        raise EvidenceTooLarge(size_bytes=size_bytes, size_bytes_max=EVIDENCE_BYTES_MAX)
    kind = media_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    with book_of(book) as opened:
        kept = opened.evidence.put(file.read_bytes(), kind)
    return SubmitInClear(
        **dispute._asdict(),
        claim=claim,
        side=side,
        sha256=kept.sha256,
        media_type=kind,
        size_bytes=kept.size_bytes,
        name=file.name,
        request=request,
    )


def request_evidence(
    dispute: About,
    claim: ClaimNumber,
    side: Annotated[Side, typer.Option("--side", help="Who is asked.")],
    what: Annotated[str, typer.Option(help="A code, no prose.")],
) -> Command:
    """Ask a side for evidence about a claim, as the dispute's mediator."""
    return commands.RequestEvidence(**dispute._asdict(), claim=claim, of=side, what=what)


def save(
    sha256: Annotated[str, typer.Argument(metavar="SHA256", help="Of the document's bytes.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; a new one.")],
    actor: ReaderActor = "operator:cli",
    role: ReaderRole = "operator",
    why: Why = "",
    book: BookName = "main",
) -> None:
    """Write a document that was handed in to a file; who asks for it is recorded."""
    with book_of(book) as opened:
        found = reveal_evidence(opened, Reader(actor, role, why), sha256)
    try:
        with file.open("xb") as opened_file:
            opened_file.write(found.content)
    except OSError as error:
        raise ArgumentMalformed(argument="file", problem=str(error)) from None
    out.print(f"{file}: {len(found.content):,} bytes, {found.media_type}", markup=False, highlight=False)


def assign(dispute: About, mediator: MediatorKey) -> Command:
    """Give a dispute to a mediator."""
    return commands.AssignMediator(**dispute._asdict(), mediator=mediator)


def declare(
    dispute: About,
    conflict: Annotated[bool, typer.Option("--conflict/--no-conflict", help="Whether something ties one to a party.")],
) -> Command:
    """Say, as the dispute's mediator, whether something ties one to a party."""
    return commands.DeclareConflict(**dispute._asdict(), conflict=conflict)


def recuse(dispute: About, reason: Reason = "unavailable") -> Command:
    """Take a dispute from its mediator."""
    return commands.RecuseMediator(**dispute._asdict(), reason=reason)


def propose(
    dispute: About,
    ruling: Annotated[list[str], typer.Option(help=f"{RULING_SHAPE}; repeat.")],
    finding: Annotated[list[str], typer.Option(help=f"{FINDING_SHAPE} Kept where it can be erased; repeat.")],
    reason: Reason = "decided",
    *,
    book: str,
) -> Command:
    """Write a decision, as the dispute's mediator; from a threshold on it waits for a second one."""
    currency = Currency(book, dispute.order)
    findings = [findings_of(text) for text in finding]
    rulings = tuple(_ruling(text, reason, findings, currency) for text in ruling)
    return ProposeInClear(**dispute._asdict(), rulings=rulings)


def approve(dispute: About, decision: DecisionNumber) -> Command:
    """Agree to a decision, as a second mediator, which gives it."""
    return commands.ApproveDecision(**dispute._asdict(), decision=decision)


def send_back(dispute: About, decision: DecisionNumber, reason: Reason = "not-convincing") -> Command:
    """Send a decision back, as a second mediator."""
    return commands.ReturnDecision(**dispute._asdict(), decision=decision, reason=reason)


def by_mediator(build: Callable[..., Command]) -> Callable[..., None]:
    """Return a verb about a dispute, with an option that says which mediator speaks."""
    run = verb(of_dispute(build))

    def run_as(mediator_key: str | None = None, **given: Any) -> None:
        if mediator_key:
            given |= {"actor": f"mediator:{mediator_key}", "role": "mediator"}
        run(**given)

    option = inspect.Parameter("mediator_key", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Mediator)
    parameters = [*inspect.signature(run).parameters.values(), option]
    run_as.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run_as.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run_as.__doc__, run_as.__name__ = run.__doc__, run.__name__
    return run_as


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `evidence`, `mediator` and `decision`."""
    evidence = typer.Typer(
        cls=EvidenceVerbs,
        help="Evidence about a trade or dispute as one file; documents: handed in, asked for, written.",
    )
    evidence.command(PACK)(pack)
    evidence.command("add")(verb(of_dispute(add)))
    evidence.command("request")(by_mediator(request_evidence))
    evidence.command("save")(save)
    app.add_typer(evidence, name="evidence", no_args_is_help=True)
    mediator = typer.Typer(help="Who decides a dispute: assigned, impartial, recused.")
    mediator.command("assign")(verb(of_dispute(assign)))
    mediator.command("declare")(by_mediator(declare))
    mediator.command("recuse")(verb(of_dispute(recuse)))
    app.add_typer(mediator, name="mediator", no_args_is_help=True)
    decision = typer.Typer(help="Decisions of mediators: proposed, approved by a second one, or returned.")
    decision.command("propose")(by_mediator(propose))
    decision.command("approve")(by_mediator(approve))
    decision.command("return")(by_mediator(send_back))
    app.add_typer(decision, name="decision", no_args_is_help=True)


Found = tuple[int, FindingInClear]


def findings_of(text: str) -> Found:
    """
    Return the claim that a finding is about, and the finding.

    Raises: ArgumentMalformed.
    """
    concerns, equals, sentence = text.partition("=")
    if not (equals and sentence):
        raise ArgumentMalformed(argument="finding", problem=f"not of the shape {FINDING_SHAPE}: {text}")
    claim, _, evidence = concerns.partition(":")
    cited = tuple(whole(number, argument="finding") for number in evidence.split(",") if number)
    return whole(claim, argument="finding"), FindingInClear(text=sentence, evidence=cited)


def _ruling(text: str, reason: str, findings: list[Found], currency: Currency) -> RulingInClear:
    number, colon, remedy = text.partition(":")
    if not colon:
        raise ArgumentMalformed(argument="ruling", problem=f"not of the shape {RULING_SHAPE}: {text}")
    claim = whole(number, argument="ruling")
    kind, amount_minor = remedy_of(remedy, currency)
    return RulingInClear(
        claim=claim,
        remedy=kind,
        amount_minor=amount_minor,
        reason=reason,
        findings=tuple(finding for about_claim, finding in findings if about_claim == claim),
    )
