"""Webhooks as the API and the command line show them: never with their secret, but once."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from api.webhooks.subscriptions import FORMER_SECRET_FOR, Status, Subscription


class WebhookView(Struct, frozen=True, kw_only=True):
    """
    A webhook. position: up to which everything that is for it was delivered, or is among the dead letters.

    attempts: how often the next event was tried in vain, and since when; next_attempt_at: when it is tried again.
    former_secret_until: until when the secret before this one signs too.
    """

    webhook: str
    url: str
    description: str
    topics: list[str]
    order: str
    party: str
    reader_role: str
    reader_party: str
    status: Status
    reason: str
    created_at: datetime
    created_by: str
    position: int
    attempts: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    problem: str
    former_secret_until: datetime | None
    links: dict[str, str]


class NewWebhookView(WebhookView, frozen=True, kw_only=True):
    """A webhook and its secret, which is told this once; empty where it was told before."""

    secret: str


class ReplayView(Struct, frozen=True, kw_only=True):
    """How many dead letters are tried again from now on."""

    replayed: int


def webhook_view(subscription: Subscription, book: str) -> WebhookView:
    """Return a webhook as shown."""
    return WebhookView(**_shown(subscription, book))


def new_webhook_view(subscription: Subscription, book: str, secret: str) -> NewWebhookView:
    """Return a webhook as shown when it was made, or given another secret."""
    return NewWebhookView(**_shown(subscription, book), secret=secret)


def _shown(subscription: Subscription, book: str) -> dict[str, Any]:
    is_failing = subscription.attempts > 0
    was_rotated = subscription.former_until - FORMER_SECRET_FOR >= subscription.created_at
    path = f"/v1/books/{book}/webhooks/{subscription.webhook}"
    return {
        "webhook": subscription.webhook,
        "url": subscription.url,
        "description": subscription.description,
        "topics": subscription.topics,
        "order": subscription.about_order,
        "party": subscription.about_party,
        "reader_role": subscription.reader_role,
        "reader_party": subscription.reader_party,
        "status": subscription.status,
        "reason": subscription.reason,
        "created_at": subscription.created_at,
        "created_by": subscription.created_by,
        "position": subscription.position,
        "attempts": subscription.attempts,
        "failing_since": subscription.failing_since,
        "next_attempt_at": subscription.next_attempt_at if is_failing else None,
        "problem": subscription.problem,
        "former_secret_until": subscription.former_until if was_rotated else None,
        "links": {"self": path, "deliveries": f"{path}/deliveries", "dead_letters": f"{path}/dead-letters"},
    }
