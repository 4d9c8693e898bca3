"""The worker of webhooks delivers those of all books, in a thread of the process that keeps the read side up."""

import asyncio
import threading
from collections.abc import Callable

from api.composition import House, new_id, new_nonce
from api.settings import Settings
from api.webhooks.delivering import Delivering, Ways
from api.webhooks.patience import Patience
from api.webhooks.sealing import Outlet, SealingKey


def run(house: House, settings: Settings, stop: threading.Event, count: Callable[[str], None]) -> None:
    """Deliver what is recorded until told to stop. count: is told the outcome of each attempt."""
    ways = Ways(
        worker=new_id(),
        clock=house.world.clock,
        patience=Patience(lambda: new_nonce() / 2**64),
        sealing=sealing_of(house, settings),
        private=settings.webhook_private,
        answer_seconds=settings.webhook_seconds,
        tell=count,
    )
    with Delivering(house.pool, ways) as delivering:
        asyncio.run(delivering.run(stop))


def outlet_of(house: House, settings: Settings) -> Outlet:
    """Return how a house's webhooks are delivered."""
    return Outlet(sealing_of(house, settings), settings.webhook_private)


def sealing_of(house: House, settings: Settings) -> SealingKey:
    """Return the key that seals the secrets of a house's webhooks."""
    return SealingKey(settings.webhook_key_file, salts=house.world.salts)
