"""Routes about webhooks: who outside is told of a book's events, and what couldn't be delivered."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response

from api.commands.requests import key_said
from api.composition import OpenedBook
from api.http.answers import answers, answers_list, component
from api.http.desk import AtBook, ByCaller, Desk, InDesk, answered
from api.http.faults import BodyReader, Fault, malformed
from api.listing.cursor import Text, Whole
from api.listing.page import PagedPresent
from api.webhooks import outbox
from api.webhooks.desk import Webhooks
from api.webhooks.outbox import DeadLetter, DeliveryView
from api.webhooks.subscriptions import Subscription, Subscriptions, WebhookAsked
from api.webhooks.views import NewWebhookView, ReplayView, WebhookView, new_webhook_view, webhook_view
from projections.projection import POSITION_MAX

router = APIRouter(tags=["webhooks"])

WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{32}$")]


class ReplayAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letter to try again, by position; all of them, where none is said."""

    position: Annotated[int, msgspec.Meta(ge=1, lt=2**53)] | None = None


_ASKED, _REPLAY = BodyReader(WebhookAsked), BodyReader(ReplayAsked)


def _answers_with(status: int, told: str, shown: object) -> dict[int | str, dict[str, object]]:
    return {status: {"description": told, "content": {"application/json": {"schema": component(shown)}}}}


def _body_of(said: object) -> dict[str, object]:
    content = {"application/json": {"schema": component(said)}}
    return {"requestBody": {"content": content, "required": True}}


@router.get("/webhooks", name="webhooks", responses=answers_list(WebhookView))
def webhooks(book: AtBook, page: PagedPresent) -> Response:
    """Return the webhooks of a book, ended ones too."""
    with page.reading(log=True) as reading:
        found = Subscriptions(reading.connection, book.name).after(page.after(Text) or "", limit=page.wanted)
    views = [webhook_view(each, book.name) for each in found]
    return page.answer(views, WebhookView, key=lambda view: view.webhook)


@router.get("/webhooks/{webhook}", name="webhook", responses=answers(WebhookView))
def webhook(book: AtBook, webhook: WebhookId) -> Response:
    """Return a webhook: where it leads, what it is told, and how far it is."""
    with book.pool.connection() as connection:
        found = Subscriptions(connection, book.name).get(webhook)
    return answered(webhook_view(found, book.name))


@router.get("/webhooks/{webhook}/deliveries", name="webhook-deliveries", responses=answers_list(DeliveryView))
def webhook_deliveries(book: AtBook, webhook: WebhookId, page: PagedPresent) -> Response:
    """Return the last attempts to deliver, the latest first: so many as are kept."""
    with page.reading(log=True) as reading:
        Subscriptions(reading.connection, book.name).get(webhook)
        before = page.after(Whole) or POSITION_MAX
        found = outbox.deliveries(reading.connection, book.name, webhook, before=before, limit=page.wanted)
    return page.answer(found, DeliveryView, key=lambda attempt: attempt.number)


@router.get("/webhooks/{webhook}/dead-letters", name="webhook-dead-letters", responses=answers_list(DeadLetter))
def webhook_dead_letters(book: AtBook, webhook: WebhookId, page: PagedPresent) -> Response:
    """Return the events that weren't delivered by the last attempt, in the order of the log."""
    with page.reading(log=True) as reading:
        Subscriptions(reading.connection, book.name).get(webhook)
        after = page.after(Whole) or 0
        found = outbox.dead_letters(reading.connection, book.name, webhook, after=after, limit=page.wanted)
    return page.answer(found, DeadLetter, key=lambda letter: letter.position)


@router.post(
    "/webhooks",
    name="webhook-create",
    status_code=201,
    responses=_answers_with(201, "Subscribed; the secret is told this once.", NewWebhookView)
    | _answers_with(200, "Subscribed before, under the same key.", NewWebhookView),
    openapi_extra=_body_of(WebhookAsked),
)
async def webhook_create(request: Request, desk: InDesk, book: AtBook, caller: ByCaller) -> Response:
    """Subscribe a URL to the events of a book, or to some of them. The secret that signs is told this once."""
    body = await request.body()
    key = _key_of(request, lambda: _ASKED.faults(body))
    asked = _ASKED.read(body)
    made = await asyncio.to_thread(lambda: _webhooks(desk, book).subscribe(asked, idempotency_key=key, by=caller.actor))
    return answered(new_webhook_view(made.subscription, book.name, made.secret), 201 if made.secret else 200)


@router.post(
    "/webhooks/{webhook}/rotate",
    name="webhook-rotate",
    responses=_answers_with(200, "The new secret, told this once.", NewWebhookView),
)
def webhook_rotate(request: Request, desk: InDesk, book: AtBook, webhook: WebhookId) -> Response:
    """Give a webhook another secret, told this once; the former one signs too for a day."""
    made = _webhooks(desk, book).rotate(webhook, idempotency_key=_key_of(request))
    return answered(new_webhook_view(made.subscription, book.name, made.secret))


@router.post(
    "/webhooks/{webhook}/pause", name="webhook-pause", responses=_answers_with(200, "As it is now.", WebhookView)
)
def webhook_pause(desk: InDesk, book: AtBook, webhook: WebhookId) -> Response:
    """Deliver nothing more until it is resumed; what is recorded meanwhile isn't lost."""
    return _shown(_webhooks(desk, book).pause(webhook), book)


@router.post(
    "/webhooks/{webhook}/resume", name="webhook-resume", responses=_answers_with(200, "As it is now.", WebhookView)
)
def webhook_resume(desk: InDesk, book: AtBook, webhook: WebhookId) -> Response:
    """Deliver again, at once, from where it is; what fails is tried now."""
    return _shown(_webhooks(desk, book).resume(webhook), book)


@router.post("/webhooks/{webhook}/end", name="webhook-end", responses=_answers_with(200, "As it is now.", WebhookView))
def webhook_end(desk: InDesk, book: AtBook, webhook: WebhookId) -> Response:
    """Deliver nothing any more, and forget the secret. It stays to be seen."""
    return _shown(_webhooks(desk, book).end(webhook), book)


@router.post(
    "/webhooks/{webhook}/skip",
    name="webhook-skip",
    status_code=202,
    responses=_answers_with(202, "It is tried once more.", WebhookView),
)
def webhook_skip(desk: InDesk, book: AtBook, webhook: WebhookId) -> Response:
    """Try the event that fails once more, at once; where that fails too, it is a dead letter, and the next one goes."""
    return _shown(_webhooks(desk, book).skip(webhook), book, 202)


@router.post(
    "/webhooks/{webhook}/replay",
    name="webhook-replay",
    status_code=202,
    responses=_answers_with(202, "They are tried again.", ReplayView),
    openapi_extra=_body_of(ReplayAsked),
)
async def webhook_replay(request: Request, desk: InDesk, book: AtBook, webhook: WebhookId) -> Response:
    """Try one dead letter again, or all of them, beside what is new; what is delivered is none any more."""
    asked = _REPLAY.read(await request.body())
    count = await asyncio.to_thread(lambda: _webhooks(desk, book).replay(webhook, asked.position))
    return answered(ReplayView(replayed=count), 202)


def _webhooks(desk: Desk, book: OpenedBook) -> Webhooks:
    return Webhooks(book, desk.outlet.sealing, private=desk.outlet.private)


def _shown(subscription: Subscription, book: OpenedBook, status: int = 200) -> Response:
    return answered(webhook_view(subscription, book.name), status)


def _key_of(request: Request, of_body: Callable[[], list[Fault]] = list) -> str:
    key = key_said(request.headers.getlist("idempotency-key"))
    if isinstance(key, Fault):
        raise malformed([key, *of_body()])
    return key
