"""Verbs that show what waits for whom: disputes, the clocks that run, and the commissions of partners."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.arguments import ReaderActor, ReaderRole, Why
from api.cli.dispute_screen import show_dispute
from api.cli.looking import Limit
from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, moment_sought, titled
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.composition import utc_now
from api.disputes import dispute_sought, get_dispute
from domain.clock import ClockKind, Silence
from domain.money import to_major
from ledger.reads import Reader
from projections.commissions import CommissionRow, CommissionsSought, search_commissions
from projections.deadlines import DeadlineRow, DeadlinesSought, search_deadlines
from projections.disputes import DisputeRow, DisputesSought, Stage, search_disputes

Overdue = Annotated[bool, typer.Option("--overdue", help="Only what should have happened by now.")]
At = Annotated[datetime | None, typer.Option(help="The instant that `--overdue` means, in UTC; now if not given.")]
OfOrder = Annotated[str | None, typer.Option(help="Of this order only.")]
Month = Annotated[datetime | None, typer.Option(formats=["%Y-%m"])]
Skip = Annotated[int, typer.Option(min=0, help="Leave out so many at the beginning.")]


def dispute(
    reference: Annotated[str, typer.Argument(help="A dispute, as PO-1/2, or an order, as PO-1, for its latest.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Comments, messages and names of files in clear.")] = False,
    actor: ReaderActor = "operator:cli",
    role: ReaderRole = "operator",
    why: Why = "",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show a dispute: claims, offers, evidence, decisions, clocks, the money set aside, and its timeline."""
    order, number = dispute_sought(reference)
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        reader = Reader(actor, role, why) if reveal else None
        view = get_dispute(opened, order, number, reader=reader, moment=moment)
    if as_json:
        print_json(view)
    else:
        show_dispute(view, moment=moment)


def disputes(
    stage: Annotated[Stage, typer.Option(help="How far they are.")] = "open",
    order: OfOrder = None,
    buyer: Annotated[str | None, typer.Option()] = None,
    exporter: Annotated[str | None, typer.Option()] = None,
    mediator: Annotated[str | None, typer.Option()] = None,
    must_act: Annotated[Silence | None, typer.Option(help="Whose turn it is.")] = None,
    overdue: Overdue = False,
    at: At = None,
    limit: Limit = 50,
    skip: Skip = 0,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List disputes by who must act and by when, the most urgent first."""
    sought = DisputesSought(
        order=order,
        buyer=buyer,
        exporter=exporter,
        mediator=mediator,
        must_act=must_act,
        overdue_at=_instant(at) if overdue else None,
    )
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = search_disputes(connection, book, sought, stage=stage, limit=limit, skip=skip, moment=moment)
    if as_json:
        print_json(rows)
    else:
        _show_disputes(titled(f"Disputes of book {book}", moment), rows, at=_instant(at))


def deadlines(
    order: OfOrder = None,
    kind: Annotated[ClockKind | None, typer.Option()] = None,
    silence_of: Annotated[Silence | None, typer.Option(help="Whose silence they wait for.")] = None,
    paused: Annotated[bool | None, typer.Option("--paused/--running", help="Standing still, or not.")] = None,
    overdue: Overdue = False,
    at: At = None,
    limit: Limit = 50,
    skip: Skip = 0,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List the clocks that run, the first due first."""
    overdue_at = _instant(at) if overdue else None
    sought = DeadlinesSought(order=order, kind=kind, silence_of=silence_of, paused=paused, overdue_at=overdue_at)
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = search_deadlines(connection, book, sought, limit=limit, skip=skip, moment=moment)
    if as_json:
        print_json(rows)
    else:
        _show_deadlines(titled(f"Deadlines of book {book}", moment), rows, at=_instant(at))


def commissions(
    partner: Annotated[str | None, typer.Option()] = None,
    exporter: Annotated[str | None, typer.Option()] = None,
    currency: Annotated[str | None, typer.Option()] = None,
    from_month: Month = None,
    to_month: Month = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what partners' exporters brought them, by month: accrued, earned, clawed back, taxed."""
    sought = CommissionsSought(
        partner=partner,
        exporter=exporter,
        currency=currency,
        from_month=from_month.date() if from_month else None,
        to_month=to_month.date() if to_month else None,
    )
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = search_commissions(connection, book, sought, moment=moment)
    if as_json:
        print_json(rows)
    else:
        _show_commissions(titled(f"Commissions of book {book}", moment), rows)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for look in (dispute, disputes, deadlines, commissions):
        app.command()(look)


def _instant(at: datetime | None) -> datetime:
    return at.replace(tzinfo=UTC) if at else utc_now()


_OF_DISPUTES = ("dispute", "status", "buyer", "exporter", "mediator", "must act", "clock", "by, in UTC", "currency")


def _show_disputes(title: str, rows: list[DisputeRow], *, at: datetime) -> None:
    print_table(
        title,
        [*_OF_DISPUTES, "#claimed", "#set aside", "#paid"],
        [
            (
                f"{row.order}/{row.number}",
                _status(row),
                row.buyer,
                row.exporter,
                row.mediator,
                row.must_act or "",
                row.clock or "",
                _by(row.due_at, at),
                row.currency,
                *(to_major(each, row.currency) for each in (row.claimed_minor, row.set_aside_minor, row.paid_minor)),
            )
            for row in rows
        ],
    )


def _status(row: DisputeRow) -> str:
    waits = f"\ndecision {row.pending_decision} waits" if row.pending_decision else ""
    return f"{row.status}\n{row.open_claims} of {row.claims} open{waits}"


def _show_deadlines(title: str, rows: list[DeadlineRow], *, at: datetime) -> None:
    print_table(
        title,
        ["by, in UTC", "order", "clock", "waits for", "at its end", "started", "because of"],
        [
            (
                f"paused {row.paused_at:%Y-%m-%d %H:%M}" if row.paused_at else _by(row.due_at, at),
                row.order,
                row.clock,
                row.silence_of,
                "silence decides" if row.effect == "decides" else "stays overdue",
                f"{row.started_at:%Y-%m-%d %H:%M}",
                row.cause,
            )
            for row in rows
        ],
    )


def _by(due_at: datetime | None, at: datetime) -> str:
    if due_at is None:
        return ""
    return f"{due_at:%Y-%m-%d %H:%M}{' overdue' if due_at <= at else ''}"


def _show_commissions(title: str, rows: list[CommissionRow]) -> None:
    amounts = ("accrued", "earned", "gst", "withheld", "clawed_back", "unearned", "due")
    print_table(
        title,
        ["month", "partner", "exporter", "paid by", "currency", *(f"#{name.replace('_', ' ')}" for name in amounts)],
        [
            (
                f"{row.month:%Y-%m}",
                row.partner,
                row.exporter,
                row.payer,
                row.currency,
                *(to_major(getattr(row, f"{name}_minor"), row.currency) for name in amounts),
            )
            for row in rows
        ],
        note="unearned and due: by how much each changed in the month; payments to partners aren't recorded here",
    )
