"""Open trades are the orders of one party whose money may still move."""

from collections.abc import Iterator
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

BUCKETS = 64
"""A change copies one bucket and the list of buckets: few steps for an exporter with ten thousand open trades."""


class OpenTrades(Struct, frozen=True, kw_only=True, gc=False):
    """A set of order keys that shares what doesn't change between one state of a party and the next."""

    buckets: tuple[tuple[str, ...], ...] = ((),) * BUCKETS
    count: int = 0

    def __contains__(self, order: object) -> bool:
        return isinstance(order, str) and order in self.buckets[_bucket_of(order)]

    def __iter__(self) -> Iterator[str]:
        """Yield the orders by key."""
        return iter(sorted(order for bucket in self.buckets for order in bucket))

    def __len__(self) -> int:
        return self.count

    def with_opened(self, order: str) -> "OpenTrades":
        """Return these trades and one more; one that is here already stays here once."""
        if order in self:
            return self
        return self._with_bucket(_bucket_of(order), (*self.buckets[_bucket_of(order)], order), self.count + 1)

    def with_closed(self, order: str) -> "OpenTrades":
        """Return these trades without one; one that isn't here isn't missed."""
        if order not in self:
            return self
        left = tuple(other for other in self.buckets[_bucket_of(order)] if other != order)
        return self._with_bucket(_bucket_of(order), left, self.count - 1)

    def _with_bucket(self, number: int, bucket: tuple[str, ...], count: int) -> "OpenTrades":
        buckets = (*self.buckets[:number], bucket, *self.buckets[number + 1 :])
        return replace(self, buckets=buckets, count=count)


NO_TRADES = OpenTrades()


def _bucket_of(order: str) -> int:
    return crc32(order.encode()) % BUCKETS
