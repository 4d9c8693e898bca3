"""Verbs that look: at an order, its history, the balances, the journal, the log."""

from typing import Annotated

import typer

from api.cli.following import follow_events
from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, moment_sought, titled
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.composition import OpenedBook
from api.disputes import DisputeNotFound, dispute_sought
from api.orders import OrderNotFound
from api.views import TimelineStep, currency_of, event_text, event_view, posting_text, timeline_step
from domain.money import to_major
from domain.references import dispute_id
from projections.balances import balances_at, trial_balance
from projections.journal import entries_between
from projections.moment import NOW, Moment
from projections.orders import OrderRow, OrdersSought, find_order, search_orders
from projections.projection import POSITION_MAX
from projections.streams import log_between
from projections.timelines import timeline_of, timeline_of_dispute

After = Annotated[int, typer.Option(min=0, max=POSITION_MAX, help="Begin after this position.")]
Limit = Annotated[int, typer.Option(min=1, max=POSITION_MAX, help="At most so many.")]
Follow = Annotated[bool, typer.Option("--follow", help="Go on with what is recorded from now on, until Ctrl-C.")]


def order(
    reference: str,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show an order: what was agreed, how far it is, where its money is."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            row = find_order(connection, book, reference, moment=moment)
    if row is None:
        raise OrderNotFound(order=reference)
    if as_json:
        print_json(row)
    else:
        show_order(row, moment=moment)


def orders(
    reference: Annotated[str | None, typer.Option(help="The key begins with this.")] = None,
    buyer: Annotated[str | None, typer.Option()] = None,
    exporter: Annotated[str | None, typer.Option()] = None,
    status: Annotated[str | None, typer.Option()] = None,
    limit: Limit = 50,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Search orders, the last changed first."""
    sought = OrdersSought(reference=reference, buyer=buyer, exporter=exporter, status=status)
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = search_orders(connection, book, sought, limit=limit, moment=moment)
    if as_json:
        print_json(rows)
        return
    print_table(
        titled(f"Orders of book {book}", moment),
        ["order", "status", "buyer", "exporter", "currency", "#total", "#held", "#released", "#refunded"],
        [(row.order, row.status, row.buyer, row.exporter, row.currency, *_in_major(row)) for row in rows],
    )


def timeline(
    reference: Annotated[str, typer.Argument(help="An order, as PO-1, or a dispute of it, as PO-1/2.")],
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show everything that happened in a trade or a dispute: who, in which role, what, why, when, and what it moved."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        steps = timeline_steps(opened, reference, moment=moment)
    if not steps:
        raise DisputeNotFound(dispute=reference) if "/" in reference else OrderNotFound(order=reference)
    if as_json:
        print_json(steps)
    else:
        show_timeline(reference, steps, moment=moment)


def balances(
    book: BookName = "main",
    everything: Annotated[bool, typer.Option("--all", help="Accounts at zero as well.")] = False,
    account: Annotated[str | None, typer.Option(help="Of this account only, as hold:PO-1.")] = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show every account's balance on its normal side."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = balances_at(connection, book, moment, account=account)
    if as_json:
        print_json(rows)
        return
    shown = [row for row in rows if everything or row.balance_minor]
    print_table(
        titled(f"Balances of book {book}", moment),
        ["account", "currency", "balance"],
        [(row.account, row.currency, to_major(row.balance_minor, row.currency)) for row in shown],
        note="" if len(shown) == len(rows) else f"{len(rows) - len(shown)} accounts at zero: --all shows them",
    )


def trial(
    book: BookName = "main",
    detail: Annotated[bool, typer.Option("--detail", help="Every account, not control accounts.")] = False,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show the trial balance: debits equal credits in every currency."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        show_trial_balance(opened, detail=detail, as_json=as_json, moment=moment)


def journal(
    after: After = 0,
    limit: Limit = 50,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show entries with their postings, and the balances after them."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            entries = entries_between(connection, book, after=after, limit=limit, moment=moment)
    if as_json:
        print_json(entries)
        return
    rows = [
        (
            entry.position if line == 0 else "",
            entry.posting_date if line == 0 else "",
            entry.topic if line == 0 else "",
            posted.account,
            posted.currency,
            to_major(posted.amount_minor, posted.currency) if posted.amount_minor > 0 else "",
            to_major(-posted.amount_minor, posted.currency) if posted.amount_minor < 0 else "",
        )
        for entry in entries
        for line, posted in enumerate(entry.postings)
    ]
    print_table(
        titled(f"Journal of book {book}", moment),
        ["#position", "posted", "event", "account", "currency", "debit", "credit"],
        rows,
    )


def events(
    after: After = 0,
    limit: Limit = 50,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    follow: Follow = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show the log, in order; without a gap, unless --as-of makes some. With --follow, a line each, for ever."""
    if follow and any(each is not None for each in (at_position, known_at, as_of)):
        raise typer.BadParameter(message="--follow goes on, and knows no moment")
    with book_of(book) as opened:
        if follow:
            follow_events(opened, after=after, as_json=as_json)
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            found = log_between(connection, book, after=after, limit=limit, moment=moment)
    views = [event_view(event) for event in found]
    if as_json:
        print_json(views)
        return
    print_table(
        titled(f"Log of book {book}", moment),
        ["#position", "occurred", "event", "of", "#version", "by"],
        [(v.position, f"{v.occurred_at:%Y-%m-%d %H:%M}", v.topic, v.originator_id, v.version, v.actor) for v in views],
    )


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for look in (order, orders, timeline, balances, journal, events):
        app.command()(look)
    app.command("trial-balance")(trial)


def timeline_steps(book: OpenedBook, reference: str, *, moment: Moment = NOW) -> list[TimelineStep]:
    """Return the timeline of an order, or of a dispute as `PO-1/2`, at a moment; nothing where there is none."""
    order, number = dispute_sought(reference) if "/" in reference else (reference, None)
    with book.pool.connection() as connection:
        if number is None:
            events = timeline_of(connection, book.name, order, moment=moment)
        else:
            events = timeline_of_dispute(connection, book.name, dispute_id(order, number), moment=moment)
    return [timeline_step(event) for event in events]


def show_order(row: OrderRow, *, moment: Moment = NOW) -> None:
    """Print one order as it stood at a moment."""
    money = [
        (name.removesuffix("_minor").replace("_", " "), to_major(getattr(row, name), row.currency))
        for name in row.__struct_fields__
        if name.endswith("_minor")
    ]
    agreed = [("status", row.status), ("buyer", row.buyer), ("exporter", row.exporter), ("by", row.transport_mode)]
    agreed += [("ship by", str(row.ship_by)), ("rulebook", row.rulebook), ("placed", f"{row.placed_at:%Y-%m-%d %H:%M}")]
    print_table(titled(f"Order {row.order}, {row.currency}", moment), ["", "#"], [*agreed, *money])


def show_timeline(reference: str, steps: list[TimelineStep], *, moment: Moment = NOW) -> None:
    """Print the timeline of a trade or a dispute at a moment; times are UTC."""
    currency = currency_of(steps)
    print_table(
        titled(f"Timeline of {reference}{f', {currency}' if currency else ''}", moment),
        ["#position", "occurred", "what", "by", "because", "money"],
        [
            (
                step.position,
                _instants(step),
                f"{step.topic}\n{event_text(step.event, currency)}".rstrip(),
                f"{step.actor}\nas {step.role}",
                step.policy.replace("_", " "),
                "\n".join(map(posting_text, step.postings)),
            )
            for step in steps
        ],
    )


def show_trial_balance(book: OpenedBook, *, detail: bool, as_json: bool, moment: Moment = NOW) -> None:
    """Print the trial balance of a book whose read side has come to a moment."""
    with book.pool.connection() as connection:
        lines = trial_balance(connection, book.name, detail=detail, moment=moment)
    if as_json:
        print_json(lines)
        return
    print_table(
        titled(f"Trial balance of book {book.name}", moment),
        ["account", "currency", "debit", "credit"],
        [
            (
                line.account,
                line.currency,
                to_major(line.debit_minor, line.currency),
                to_major(line.credit_minor, line.currency),
            )
            for line in lines
        ],
    )


def _in_major(row: OrderRow) -> tuple[str, ...]:
    amounts = (row.total_minor, row.held_minor, row.released_minor, row.refunded_minor)
    return tuple(to_major(amount_minor, row.currency) for amount_minor in amounts)


def _instants(step: TimelineStep) -> str:
    """Return when something happened, and where that is another minute, when it was recorded."""
    occurred, recorded = f"{step.occurred_at:%Y-%m-%d %H:%M}", f"{step.recorded_at:%Y-%m-%d %H:%M}"
    return occurred if occurred == recorded else f"{occurred}\nrecorded\n{recorded}"
