"""A dispute on one screen, for its mediator: amounts in major units, times in UTC."""

from datetime import datetime

from api.cli.looking import show_timeline
from api.cli.moments import titled
from api.cli.terminal import print_table
from api.dispute_views import ClaimView, DecisionView, DisputeView
from domain.claim import Remedy
from domain.money import to_major
from projections.moment import NOW, Moment


def show_dispute(view: DisputeView, *, moment: Moment = NOW) -> None:
    """Print everything about a dispute as it stood at a moment; what there is nothing of is left out."""
    _show_head(view, moment)
    _show_claims(view)
    _show_offers(view)
    _show_evidence(view)
    _show_requests(view)
    _show_decisions(view)
    _show_messages(view)
    _show_clocks(view)
    show_timeline(view.dispute, view.timeline)


def _show_head(view: DisputeView, moment: Moment) -> None:
    declared = "" if view.mediator_declared or view.status == "settled" else ", has declared nothing yet"
    rows = [
        ("status", view.status),
        ("buyer", view.buyer),
        ("exporter", view.exporter),
        ("mediator", f"{view.mediator}{declared}" if view.mediator else "none"),
        ("recused", ", ".join(view.recused)),
        ("opened", _when(view.opened_at)),
        ("escalated", f"{_when(view.escalated_at)} by {view.escalated_by}".removesuffix(" by ")),
        ("settled", _when(view.settled_at)),
        ("claimed", to_major(view.claimed_minor, view.currency)),
        ("set aside", to_major(view.set_aside_minor, view.currency)),
        ("paid", to_major(view.paid_minor, view.currency)),
    ]
    title = titled(f"Dispute {view.dispute}, {view.currency}", moment)
    print_table(title, ["", "#"], [row for row in rows if row[1]])


def _show_claims(view: DisputeView) -> None:
    print_table(
        "Claims",
        ["#no.", "kind", "of", "status", "#claimed", "#set aside", "#paid", "remedy", "exporter", "more"],
        [
            (
                claim.number,
                claim.kind,
                f"line {claim.line}, {claim.quantity:,} pieces" if claim.line else "the order",
                claim.status,
                to_major(claim.amount_minor, view.currency),
                to_major(claim.set_aside_minor, view.currency),
                "" if claim.paid_minor is None else to_major(claim.paid_minor, view.currency),
                _remedy(claim.remedy, view),
                claim.stance or "silent",
                "\n".join(_more(claim, view)),
            )
            for claim in view.claims
        ],
    )


def _more(claim: ClaimView, view: DisputeView) -> list[str]:
    charged_back = to_major(claim.charged_back_minor, view.currency)
    notes = {
        f"{claim.days_late} days late": claim.days_late,
        f"{charged_back} charged back": claim.charged_back_minor,
        f"ruled by decision {claim.decision}": claim.decision and claim.status == "ruled",
        f"accepted by {', '.join(claim.waived_by)}": claim.waived_by,
        f"appealed by {claim.appealed_by}": claim.appealed_by,
        "goods on their way": claim.goods_on_their_way,
        f"buyer: {_text(claim.comment, view)}": claim.comment,
        f"exporter: {_text(claim.answer, view)}": claim.answer,
    }
    return [note for note, holds in notes.items() if holds]


def _show_offers(view: DisputeView) -> None:
    rows = [
        (offer.number, offer.claim, offer.by, _remedy(offer.remedy, view), _when(offer.made_at), offer.state)
        for offer in view.offers
    ]
    if rows:
        print_table("Offers", ["#no.", "#claim", "by", "remedy", "made", "state"], rows)


def _show_evidence(view: DisputeView) -> None:
    rows = [
        (
            piece.number,
            piece.claim,
            piece.by,
            piece.request or "",
            _text(piece.name, view),
            f"{piece.media_type}\n{piece.size_bytes:,} bytes",
            piece.sha256,
            f"{_when(piece.submitted_at)}{' LATE' if piece.late else ''}",
        )
        for piece in view.evidence
    ]
    if rows:
        columns = ["#no.", "#claim", "by", "#request", "name", "type", "sha256", "handed in"]
        print_table("Evidence", columns, rows)


def _show_requests(view: DisputeView) -> None:
    rows = [
        (
            request.number,
            request.claim,
            request.of,
            request.what,
            _when(request.asked_at),
            "answered" if request.answered else "over, unanswered" if request.over else "awaited",
        )
        for request in view.requests
    ]
    if rows:
        print_table("Requests for evidence", ["#no.", "#claim", "of", "what", "asked", "state"], rows)


def _show_decisions(view: DisputeView) -> None:
    rows = [
        (
            decision.number,
            decision.mediator,
            "\n".join(_rulings(decision, view)),
            to_major(decision.at_stake_minor, view.currency),
            f"{', '.join(map(str, decision.evidence)) or 'none'}\nseal {decision.evidence_sha256}",
            f"{decision.state}\n{decision.approved_by}".rstrip(),
            _when(decision.given_at or decision.proposed_at),
        )
        for decision in view.decisions
    ]
    if rows:
        columns = ["#no.", "mediator", "rulings", "#at stake", "evidence considered", "state", "when"]
        print_table("Decisions", columns, rows)


def _rulings(decision: DecisionView, view: DisputeView) -> list[str]:
    lines = []
    for ruling in decision.rulings:
        of = "appeal of claim" if decision.appeal else "claim"
        lines.append(f"{of} {ruling.claim}: {_remedy(ruling.remedy, view)}, {ruling.reason}")
        for finding in ruling.findings:
            resting = f" (evidence {', '.join(map(str, finding.evidence))})" if finding.evidence else ""
            lines.append(f"  {_text(finding.text, view)}{resting}")
    return lines


def _show_messages(view: DisputeView) -> None:
    rows = [
        (message.number, message.by, _text(message.text, view), _when(message.posted_at)) for message in view.messages
    ]
    if rows:
        print_table("Messages", ["#no.", "by", "text", "posted"], rows)


def _show_clocks(view: DisputeView) -> None:
    rows = [
        (
            clock.clock,
            clock.silence_of,
            _when(clock.due_at),
            "silence decides" if clock.effect == "decides" else "stays overdue",
            f"since {_when(clock.paused_at)}" if clock.paused_at else "",
        )
        for clock in view.clocks
    ]
    if rows:
        print_table("Clocks", ["clock", "waits for", "by", "at its end", "paused"], rows)


def _remedy(remedy: Remedy | None, view: DisputeView) -> str:
    if remedy is None:
        return ""
    return f"{remedy.kind} {to_major(remedy.amount_minor, view.currency)}" if remedy.amount_minor else remedy.kind


def _text(commitment: str, view: DisputeView) -> str:
    """Return words in clear where they were asked for, else the beginning of what stands for them."""
    if not commitment:
        return ""
    if view.texts is None:
        return f"{commitment[:12]}.."
    text = view.texts[commitment]
    return "(erased)" if text is None else text


def _when(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else ""
