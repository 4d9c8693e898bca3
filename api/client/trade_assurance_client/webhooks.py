"""Webhooks: what the ledger sends by itself, taken only where its signature is the subscription's."""

from collections.abc import Mapping
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class WebhookRefused(ValueError):
    """A request that claims to be the ledger's isn't, or is too old."""


def verified_event(body: bytes, headers: Mapping[str, str], *secrets: str) -> dict[str, Any]:
    """
    Return the CloudEvents envelope of a delivery, once its signature was checked.

    secrets: `whsec_..`, one that is enough; two while a secret is being changed. Take each `webhook-id` once.

    Raises: WebhookRefused.
    """
    for secret in secrets:
        try:
            event: dict[str, Any] = Webhook(secret).verify(body, dict(headers))
        except WebhookVerificationError:
            continue
        return event
    message = "no signature of this delivery is by a secret of the subscription"
    raise WebhookRefused(message)
