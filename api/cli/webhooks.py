"""Verbs of webhooks: who outside is told of a book's events, and what couldn't be delivered."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer

from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table
from api.composition import new_id
from api.settings import Settings
from api.webhooks import outbox
from api.webhooks.desk import Webhooks
from api.webhooks.outbox import DeadLetter
from api.webhooks.sealing import SealingKey
from api.webhooks.subscriptions import Subscribed, Subscription, Subscriptions, WebhookAsked
from api.webhooks.views import ReplayView, WebhookView, new_webhook_view, webhook_view
from projections.projection import POSITION_MAX

LISTED_MAX = 1_000
ACTOR = "operator:cli"

Webhook = Annotated[str, typer.Argument(metavar="WEBHOOK", help="As `webhooks list` names it.")]
Actor = Annotated[str, typer.Option("--as", help="Who subscribes, as kind:key.")]


def list_webhooks(book: BookName = "main", as_json: AsJson = False) -> None:
    """Show the webhooks of a book, and how far each is."""
    with book_of(book) as opened, opened.pool.connection() as connection:
        found = Subscriptions(connection, book).after("", limit=LISTED_MAX)
        head = opened.runner.head()
    views = [webhook_view(each, book) for each in found]
    if as_json:
        print_json(views)
        return
    rows = [(each.webhook, each.url, each.status, each.position, head, _failing(each)) for each in views]
    print_table(f"Webhooks of book {book}", ["webhook", "url", "status", "#position", "#of", "problem"], rows)


def add(
    url: Annotated[str, typer.Argument(help="Where events are delivered: https.")],
    topic: Annotated[list[str] | None, typer.Option(help="A topic, or a kind of them; say it for each.")] = None,
    order: Annotated[str, typer.Option(help="Only events of this order's trade.")] = "",
    party: Annotated[str, typer.Option(help="Only events about this party.")] = "",
    reader: Annotated[str, typer.Option(metavar="ROLE:PARTY", help="Only what this party sees: buyer:BUY-1.")] = "",
    after: Annotated[int | None, typer.Option(min=0, help="From this position on; else from now on.")] = None,
    description: Annotated[str, typer.Option(help="A line for people.")] = "",
    key: Annotated[str, typer.Option(help="The same key subscribes once.")] = "",
    actor: Actor = ACTOR,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Subscribe a URL to a book's events, and show the secret that signs, this once."""
    role, _, reader_party = reader.partition(":")
    asked: dict[str, Any] = {"reader_role": role, "reader_party": reader_party}
    said = WebhookAsked(
        url=url, topics=tuple(topic or ()), order=order, party=party, after=after, description=description, **asked
    )
    with _webhooks(book) as webhooks:
        _show_new(webhooks.subscribe(said, idempotency_key=key or new_id(), by=actor), book, as_json=as_json)


def show(webhook: Webhook, book: BookName = "main", as_json: AsJson = False) -> None:
    """Show a webhook: where it leads, what it is told, how far it is."""
    with book_of(book) as opened, opened.pool.connection() as connection:
        found = Subscriptions(connection, book).get(webhook)
    _show(found, book, as_json=as_json)


def pause(webhook: Webhook, book: BookName = "main", as_json: AsJson = False) -> None:
    """Deliver nothing more until it is resumed; what is recorded meanwhile isn't lost."""
    with _webhooks(book) as webhooks:
        _show(webhooks.pause(webhook), book, as_json=as_json)


def resume(webhook: Webhook, book: BookName = "main", as_json: AsJson = False) -> None:
    """Deliver again, at once, from where it is."""
    with _webhooks(book) as webhooks:
        _show(webhooks.resume(webhook), book, as_json=as_json)


def end(webhook: Webhook, book: BookName = "main", as_json: AsJson = False) -> None:
    """Deliver nothing any more, and forget the secret."""
    with _webhooks(book) as webhooks:
        _show(webhooks.end(webhook), book, as_json=as_json)


def skip(webhook: Webhook, book: BookName = "main", as_json: AsJson = False) -> None:
    """Try the event that fails once more, at once; where that fails too, it is a dead letter."""
    with _webhooks(book) as webhooks:
        _show(webhooks.skip(webhook), book, as_json=as_json)


def rotate(
    webhook: Webhook,
    key: Annotated[str, typer.Option(help="The same key changes the secret once.")] = "",
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Give a webhook another secret, shown this once; the former one signs too for a day."""
    with _webhooks(book) as webhooks:
        _show_new(webhooks.rotate(webhook, idempotency_key=key or new_id()), book, as_json=as_json)


def dead(webhook: Webhook, book: BookName = "main", as_json: AsJson = False) -> None:
    """Show the events that weren't delivered by the last attempt."""
    with book_of(book) as opened, opened.pool.connection() as connection:
        Subscriptions(connection, book).get(webhook)
        letters = outbox.dead_letters(connection, book, webhook, after=0, limit=LISTED_MAX)
    _show_letters(letters, webhook, as_json=as_json)


def deliveries(webhook: Webhook, book: BookName = "main", as_json: AsJson = False) -> None:
    """Show the last attempts to deliver, the latest first."""
    with book_of(book) as opened, opened.pool.connection() as connection:
        Subscriptions(connection, book).get(webhook)
        found = outbox.deliveries(connection, book, webhook, before=POSITION_MAX, limit=LISTED_MAX)
    if as_json:
        print_json(found)
        return
    rows = [(each.number, each.position, each.attempt, _when(each.at), each.outcome, each.problem) for each in found]
    print_table(f"Attempts of {webhook}", ["#", "#position", "#attempt", "at", "outcome", "problem"], rows)


def replay(
    webhook: Webhook,
    position: Annotated[int | None, typer.Option(min=1, help="Of one dead letter; else all.")] = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Try one dead letter again, or all of them, beside what is new."""
    with _webhooks(book) as webhooks:
        count = webhooks.replay(webhook, position)
    if as_json:
        print_json(ReplayView(replayed=count))
    else:
        out.print(f"{count} dead letters are tried again")


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line: the room `webhooks`."""
    room = typer.Typer(help="Tell systems outside what is recorded.")
    room.command("list")(list_webhooks)
    for verb in (add, show, pause, resume, end, skip, rotate, dead, deliveries, replay):
        room.command()(verb)
    app.add_typer(room, name="webhooks", no_args_is_help=True)


@contextmanager
def _webhooks(book: str) -> Iterator[Webhooks]:
    settings = Settings.from_environment()
    with book_of(book) as opened:
        sealing = SealingKey(settings.webhook_key_file, salts=opened.world.salts)
        yield Webhooks(opened, sealing, private=settings.webhook_private)


def _show(subscription: Subscription, book: str, *, as_json: bool) -> None:
    view = webhook_view(subscription, book)
    if as_json:
        print_json(view)
    else:
        _show_rows(view)


def _show_new(made: Subscribed, book: str, *, as_json: bool) -> None:
    view = new_webhook_view(made.subscription, book, made.secret)
    if as_json:
        print_json(view)
        return
    _show_rows(view)
    said = f"secret, shown this once: {made.secret}" if made.secret else "its secret was shown before"
    out.print(said, markup=False, highlight=False, soft_wrap=True)


def _show_rows(view: WebhookView) -> None:
    told = ", ".join((*view.topics, *filter(None, (view.order, view.party)))) or "everything"
    reader = f"{view.reader_role}:{view.reader_party}" if view.reader_role else "the whole book"
    rows = [
        ("url", view.url),
        ("status", " ".join(filter(None, (view.status, view.reason)))),
        ("told", f"{told}, as {reader} sees it" if view.reader_role else told),
        ("position", view.position),
        ("problem", _failing(view)),
    ]
    print_table(f"Webhook {view.webhook}", ["what", "as it is"], rows)


def _show_letters(letters: Sequence[DeadLetter], webhook: str, *, as_json: bool) -> None:
    if as_json:
        print_json(letters)
        return
    rows = [
        (each.position, each.attempts, _when(each.died_at), each.problem, "yes" if each.next_attempt_at else "no")
        for each in letters
    ]
    print_table(f"Dead letters of {webhook}", ["#position", "#attempts", "died", "problem", "tried again"], rows)


def _failing(view: WebhookView) -> str:
    if not view.attempts or not view.failing_since:
        return ""
    again = f", again at {_when(view.next_attempt_at)}" if view.next_attempt_at else ""
    return f"{view.problem} since {_when(view.failing_since)}{again}"


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
