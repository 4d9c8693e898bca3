"""The desk of webhooks: what operators do with those of a book, over HTTP and on the command line."""

import asyncio

from api.composition import OpenedBook
from api.webhooks import outbox
from api.webhooks.addresses import WebhookUrlForbidden, address_of, place_of
from api.webhooks.sealing import SealingKey, SealingKeyUnusable
from api.webhooks.subscriptions import Subscribed, Subscription, Subscriptions, WebhookAsked
from projections.log import head_of

OPERATOR_ENDED = "ended by an operator"


class Webhooks:
    """
    The webhooks of one book, each step a transaction of its own.

    sealing: the key for their secrets, where there is one; private: whether they may lead into our own network.
    """

    def __init__(self, book: OpenedBook, sealing: SealingKey | None, *, private: bool) -> None:
        self._book = book
        self._sealing = sealing
        self._private = private

    def subscribe(self, asked: WebhookAsked, *, idempotency_key: str, by: str) -> Subscribed:
        """
        Add a webhook; by: the actor who does.

        Raises, in this order: WebhookUrlMalformed, WebhookUrlForbidden, and what `Subscriptions.subscribe` does.
        """
        self._check_public(asked.url)
        world = self._book.world
        with self._book.pool.connection() as connection:
            return Subscriptions(connection, self._book.name).subscribe(
                asked,
                self._key,
                webhook=f"wh_{world.new_id()}",
                idempotency_key=idempotency_key,
                by=by,
                at=world.clock(),
                head=head_of(connection, self._book.name),
            )

    def pause(self, webhook: str) -> Subscription:
        """Deliver nothing more until it is resumed. Raises, in this order: WebhookNotFound, WebhookEnded."""
        with self._book.pool.connection() as connection:
            return Subscriptions(connection, self._book.name).pause(webhook)

    def resume(self, webhook: str) -> Subscription:
        """Deliver again, from where it is. Raises, in this order: WebhookNotFound, WebhookEnded."""
        with self._book.pool.connection() as connection:
            return Subscriptions(connection, self._book.name).resume(webhook)

    def end(self, webhook: str) -> Subscription:
        """Deliver nothing any more. Raises: WebhookNotFound."""
        with self._book.pool.connection() as connection:
            return Subscriptions(connection, self._book.name).end(webhook, reason=OPERATOR_ENDED)

    def rotate(self, webhook: str, *, idempotency_key: str) -> Subscribed:
        """
        Give a webhook a new secret.

        Raises, in this order: WebhookNotFound, WebhookEnded, SealingKeyUnusable.
        """
        with self._book.pool.connection() as connection:
            subscriptions = Subscriptions(connection, self._book.name)
            subscriptions.get_open(webhook)
            at = self._book.world.clock()
            return subscriptions.rotate(webhook, self._key, idempotency_key=idempotency_key, at=at)

    def skip(self, webhook: str) -> Subscription:
        """
        Let the event that fails be tried once more, at once; where that fails too, it is a dead letter.

        Raises, in this order: WebhookNotFound, WebhookEnded.
        """
        with self._book.pool.connection() as connection:
            Subscriptions(connection, self._book.name).get_open(webhook)
            outbox.hurry(connection, self._book.name, webhook)
            return Subscriptions(connection, self._book.name).get(webhook)

    def replay(self, webhook: str, position: int | None) -> int:
        """
        Let one dead letter, or all, be tried again; return how many that are.

        Raises, in this order: WebhookNotFound, WebhookEnded, DeadLetterNotFound.
        """
        with self._book.pool.connection() as connection:
            Subscriptions(connection, self._book.name).get_open(webhook)
            return outbox.replay(connection, self._book.name, webhook, position, self._book.world.clock())

    @property
    def _key(self) -> SealingKey:
        if self._sealing is None:
            raise SealingKeyUnusable(problem="none is set up")
        return self._sealing

    def _check_public(self, url: str) -> None:
        """Check where a URL leads today; a name that isn't known may be tomorrow, and is looked up each time."""
        place = place_of(url)
        try:
            asyncio.run(address_of(place, private=self._private))
        except WebhookUrlForbidden:
            raise
        except OSError:
            return
