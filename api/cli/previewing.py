"""Verbs that look ahead: what a decision, an offer or other rules would come to, and carrying one of them out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
import typer

from api.candidates import REASON, Previewer, PreviewSaid, RemediesSaid, RemedySaid
from api.cli.arguments import ArgumentMalformed, Currency, Remedy, about, remedy_of
from api.cli.deciding import FINDING_SHAPE, findings_of
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.cli.trading import tell
from api.commands.body_shapes import MoneySaid
from api.commands.disputes_in_clear import FindingInClear
from api.composition import new_id, utc_now
from api.foreseen import CandidateView, ClockForeseen, EntryForeseen, MoneyForeseen
from api.previewing import PreviewView, execution, make_preview, overtaken
from api.views import posting_text
from domain.errors import LedgerError
from domain.money import to_major
from domain.side import Side

WORDS: dict[str, str] = {
    "buyer_refunded_minor": "refunded to the buyer",
    "charged_back_minor": "taken by the buyer's bank",
    "exporter_released_minor": "released to the exporter, net",
    "exporter_recovered_minor": "recovered from the exporter, net",
    "service_fee_minor": "service fee",
    "service_fee_tax_minor": "tax on the service fee",
    "commission_accrued_minor": "commission accrued",
    "commission_clawed_back_minor": "commission clawed back",
    "commission_earned_minor": "commission earned",
    "commission_tax_minor": "tax on commission",
    "tax_withheld_minor": "tax withheld",
}
"""Every amount of a future, as people call it."""

At = Annotated[datetime | None, typer.Option(help="When it would be said, in UTC; now where not given.")]
PlanFile = Annotated[
    Path | None, typer.Option(help="JSON: candidates as POST previews takes them.", exists=True, dir_okay=False)
]


def preview(
    reference: Annotated[
        str | None, typer.Argument(help="The dispute's, as PO-1001/1; PO-1001 for its latest.")
    ] = None,
    claim: Annotated[int, typer.Option(help="The claim that the remedies are for, from 1.")] = 1,
    remedy: Annotated[
        list[str] | None, typer.Option(help="KIND or KIND:AMOUNT, as partial-refund:150.00; repeat to compare.")
    ] = None,
    said_as: Annotated[Literal["decision", "offer"], typer.Option("--as", help="What each remedy is.")] = "decision",
    mediator: Annotated[str, typer.Option(help="Who decides, by key.")] = "",
    side: Annotated[Side, typer.Option(help="Who offers.")] = "exporter",
    reason: Annotated[str, typer.Option(help="The decision's, a code.")] = REASON,
    finding: Annotated[list[str] | None, typer.Option(help=f"{FINDING_SHAPE} Of the decision; repeat.")] = None,
    rulebook: Annotated[
        list[str] | None, typer.Option(help="NAME/VERSION: every candidate under these rules as well; repeat.")
    ] = None,
    file: PlanFile = None,
    book: BookName = "main",
    actor: Annotated[str, typer.Option(help="Who would say it.")] = "operator:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "operator",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show side by side what decisions, offers or other rules would come to; nothing is recorded."""
    said = _read(file) if file else PreviewSaid()
    if reference is not None:
        dispute = about(reference, book)
        remedies = RemediesSaid(
            **dispute._asdict(),
            claim=claim,
            remedies=_remedies(remedy or (), Currency(book, dispute.order)),
            said_as=said_as,
            side=side,
            mediator=mediator,
            reason=reason,
            findings=_findings(finding or (), claim),
        )
        said = msgspec.structs.replace(said, remedies=remedies)
    said = msgspec.structs.replace(said, rulebooks=(*said.rulebooks, *(rulebook or ())))
    previewer = Previewer(actor, role, at.replace(tzinfo=UTC) if at else utc_now())
    with book_of(book) as opened:
        view = make_preview(opened, said, preview=new_id(), previewer=previewer)
    if as_json:
        print_json(view)
    else:
        _show(view)


def execute(
    preview: Annotated[str, typer.Option("--preview", help="The preview's id.")],
    candidate: Annotated[int | None, typer.Option(min=1, help="Else the only one that can be carried out.")] = None,
    book: BookName = "main",
    at: Annotated[datetime | None, typer.Option(help="When it took place, in UTC; now where not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Carry a candidate out exactly as its preview showed it, or refuse because the dispute has moved on."""
    with book_of(book) as opened:
        submission = execution(opened, preview, candidate, at=at.replace(tzinfo=UTC) if at else None)
        try:
            tell(opened, submission, as_json=as_json)
        except LedgerError as error:
            raise overtaken(submission, error) from None


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(preview)
    app.command()(execute)


def _read(file: Path) -> PreviewSaid:
    try:
        return msgspec.json.decode(file.read_bytes(), type=PreviewSaid)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ArgumentMalformed(argument="file", problem=str(error)) from None


def _remedies(texts: Sequence[str], currency: Currency) -> tuple[RemedySaid, ...]:
    return tuple(_remedy(remedy_of(text, currency), currency) for text in texts)


def _remedy(said: Remedy, currency: Currency) -> RemedySaid:
    minor = said.amount_minor
    return RemedySaid(kind=said.kind, amount=None if minor is None else MoneySaid(minor, currency.named))


def _findings(texts: Sequence[str], claim: int) -> tuple[FindingInClear, ...]:
    found = [findings_of(text) for text in texts]
    for concerns, _ in found:
        if concerns != claim:
            raise ArgumentMalformed(argument="finding", problem=f"about claim {concerns}, not {claim}")
    return tuple(finding for _, finding in found)


def _show(view: PreviewView) -> None:
    candidates = view.candidates
    rows = [
        ("said by", *(each.actor for each in candidates)),
        ("refused", *(each.refusal.code if each.refusal else "" for each in candidates)),
        *_money_rows(candidates),
        _row("entries at once", candidates, lambda each: _entries(each.at_once.entries)),
        _row("entries later", candidates, lambda each: _entries(_later(each.in_the_end.entries, each.at_once.entries))),
        _row("clocks at once", candidates, lambda each: _clocks(each.at_once.clocks)),
        _row("clocks later", candidates, lambda each: _clocks(_later(each.in_the_end.clocks, each.at_once.clocks))),
        _row("over", candidates, lambda each: f"{each.ends_at:%Y-%m-%d %H:%M}" if each.ends_at else ""),
        _row("can be carried out", candidates, lambda each: "yes" if each.executable else "no"),
    ]
    print_table(
        f"Preview {view.preview}, as of {view.at:%Y-%m-%d %H:%M}",
        ["", *(f"{each.number} {each.name}" for each in candidates)],
        [row for row in rows if any(row[1:])],
        note=f"at once → in the end, where nobody objects; execute --preview {view.preview} --candidate NUMBER does it",
    )


Row = tuple[str, ...]
T = TypeVar("T")


def _row(label: str, candidates: Sequence[CandidateView], text_of: Callable[[CandidateView], str]) -> Row:
    return (label, *map(text_of, candidates))


def _money_rows(candidates: Sequence[CandidateView]) -> Iterator[Row]:
    """Yield a row for each amount that any candidate moves."""
    for field in MoneyForeseen.__struct_fields__:
        amounts = [(getattr(each.at_once.money, field), getattr(each.in_the_end.money, field)) for each in candidates]
        if any(at_once or in_the_end for at_once, in_the_end in amounts):
            yield (
                WORDS[field],
                *(_amount(*pair, each.currency) for pair, each in zip(amounts, candidates, strict=True)),
            )


def _amount(at_once_minor: int, in_the_end_minor: int, currency: str) -> str:
    if not currency:
        return ""
    shown = [to_major(minor, currency) for minor in (at_once_minor, in_the_end_minor)]
    return f"{' → '.join(dict.fromkeys(shown))} {currency}"


def _entries(entries: Sequence[EntryForeseen]) -> str:
    return "\n".join(
        line
        for each in entries
        for line in (f"{each.occurred_at:%Y-%m-%d} {each.topic}", *map(posting_text, each.postings))
    )


def _clocks(clocks: Sequence[ClockForeseen]) -> str:
    return "\n".join(
        f"{each.clock} {each.move}" + (f", until {each.due_at:%Y-%m-%d %H:%M}" if each.due_at else "")
        for each in clocks
    )


def _later(everything: Sequence[T], at_once: Sequence[T]) -> Sequence[T]:
    return everything[len(at_once) :]
