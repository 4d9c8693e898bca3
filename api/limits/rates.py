"""Rates are how many requests of a kind a caller may make in a time, counted by each process for itself."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic
from typing import Final, Literal, NamedTuple

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from api.http.http_refusals import CallerBusy, RateExceeded
from api.identity.caller import Caller
from api.limits.bounds import Bounds, Rate

Kind = Literal["commands", "reads", "streams", "strangers"]

STREAMS = frozenset({"event-stream"})
"""Operations that answer for as long as somebody listens."""

COUNTED_MAX = 50_000
"""Callers and addresses that are counted at once; beyond it those whose time has passed are forgotten, then all."""
KEYS_KEPT_MAX = 1_024
NETWORK_BITS_V6 = 64
"""What one household or machine has of IPv6 counts as one address."""

Headers = tuple[tuple[bytes, bytes], ...]


class Counters(Storage):
    """The counts of one process, in its memory: bounded, without a thread of its own."""

    STORAGE_SCHEME = None

    def __init__(self, ticks: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._ticks = ticks
        self._counts: dict[str, tuple[int, float]] = {}
        self.grown = (0, 0.0)
        """What grew last: to which count, and until when that counts."""

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return what can go wrong: nothing."""
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Return a count after it grew; the first one of a time begins it."""
        now = self._ticks()
        count, until = self._counts.get(key, (0, 0.0))
        if until <= now:
            self._make_room(now)
            count, until = 0, now + expiry
        self.grown = self._counts[key] = count + amount, until
        return count + amount

    def get(self, key: str) -> int:
        """Return a count, nothing where its time has passed."""
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > self._ticks() else 0

    def get_expiry(self, key: str) -> float:
        """Return until when a count counts, by the ticks."""
        return self._counts.get(key, (0, self._ticks()))[1]

    def check(self) -> bool:
        """Return whether it can be counted."""
        return True

    def reset(self) -> int | None:
        """Forget all."""
        forgotten = len(self._counts)
        self._counts.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one."""
        self._counts.pop(key, None)

    def _make_room(self, now: float) -> None:
        if len(self._counts) >= COUNTED_MAX:
            self._counts = {key: count for key, count in self._counts.items() if count[1] > now}
        if len(self._counts) >= COUNTED_MAX:
            self._counts.clear()


class Policy(NamedTuple):
    """One rate, as the library counts it and as answers tell it."""

    kind: Kind
    rate: Rate
    item: RateLimitItem
    name: bytes
    header: tuple[bytes, bytes]
    key_of: Callable[[str], str]
    """Returns under which key the library counts somebody."""


def policy_of(kind: Kind, rate: Rate | None) -> Policy | None:
    """Return a rate as a policy; nothing where it is off."""
    if rate is None:
        return None
    told = f'"{kind}";q={rate.amount};w={rate.seconds}'.encode()
    item = RateLimitItemPerSecond(rate.amount, rate.seconds)
    key_of = lru_cache(KEYS_KEPT_MAX)(item.key_for)
    return Policy(kind, rate, item, kind.encode(), (b"ratelimit-policy", told), key_of)


class Rates:
    """
    What counts requests.

    ticks: returns seconds that only ever grow.
    """

    def __init__(self, bounds: Bounds | None = None, *, ticks: Callable[[], float] = monotonic) -> None:
        bounds = bounds or Bounds()
        self._ticks = ticks
        self._counters = Counters(ticks)
        self._limiter = FixedWindowRateLimiter(self._counters)
        self._bounds = bounds
        self._of_staff = _policies(bounds.commands, bounds.reads, bounds.streams)
        self._of_parties = _policies(bounds.party_commands, bounds.party_reads, bounds.party_streams)
        self._strangers = policy_of("strangers", bounds.strangers)
        self._at_work: dict[str, int] = {}

    def count(self, caller: Caller, kind: Kind, *, cost: int = 1) -> Headers:
        """
        Count requests of a caller; return what an answer tells about them.

        Raises: RateExceeded.
        """
        policy = (self._of_parties if caller.is_party else self._of_staff)[kind]
        return self._hit(policy, _name_of(caller), cost) if policy else ()

    def count_stranger(self, address: str) -> Headers:
        """Count an attempt of somebody who couldn't prove who they are; return what an answer tells about it."""
        if self._strangers is None:
            return ()
        self._limiter.hit(self._strangers.item, _network_of(address))
        return self._told(self._strangers)

    def check_stranger(self, address: str) -> None:
        """
        Check that from an address somebody may still try to prove who they are.

        Raises: RateExceeded.
        """
        if self._strangers and not self._limiter.test(self._strangers.item, network := _network_of(address)):
            until = self._counters.get_expiry(self._strangers.item.key_for(network))
            raise RateExceeded(policy="strangers", retry_after_seconds=self._seconds_to(until))

    def begin(self, caller: Caller) -> str:
        """
        Let a request of a caller begin; return by which name it ends.

        Raises: CallerBusy.
        """
        name = _name_of(caller)
        most = self._bounds.per_party_max if caller.is_party else self._bounds.per_caller_max
        at_work = self._at_work.get(name, 0)
        if at_work >= most:
            raise CallerBusy(requests_max=most)
        self._at_work[name] = at_work + 1
        return name

    def end(self, name: str) -> None:
        """Let a request end that `begin` let begin."""
        if (left := self._at_work[name] - 1) > 0:
            self._at_work[name] = left
        else:
            del self._at_work[name]

    def _hit(self, policy: Policy, name: str, cost: int) -> Headers:
        # As the library's limiter does it, but for the key, which it would put together anew.
        if self._counters.incr(policy.key_of(name), policy.rate.seconds, cost) > policy.rate.amount:
            until = self._counters.grown[1]
            raise RateExceeded(policy=policy.kind, retry_after_seconds=self._seconds_to(until))
        return self._told(policy)

    def _told(self, policy: Policy) -> Headers:
        count, until = self._counters.grown
        left = max(0, policy.rate.amount - count)
        return (policy.header, (b"ratelimit", b'"%b";r=%d;t=%d' % (policy.name, left, self._seconds_to(until))))

    def _seconds_to(self, reset: float) -> int:
        return max(1, ceil(reset - self._ticks()))


def kind_of(method: str, operation: str) -> Kind:
    """Return as what a request counts."""
    if operation in STREAMS:
        return "streams"
    return "commands" if method == "POST" else "reads"


def _policies(commands: Rate | None, reads: Rate | None, streams: Rate | None) -> dict[Kind, Policy | None]:
    rates: dict[Kind, Rate | None] = {"commands": commands, "reads": reads, "streams": streams}
    return {kind: policy_of(kind, rate) for kind, rate in rates.items()}


def _name_of(caller: Caller) -> str:
    return f"{caller.actor}/{caller.role}/{caller.party}"


_NOWHERE: Final = "nowhere"


def _network_of(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return _NOWHERE
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return f"{int(found) >> (128 - NETWORK_BITS_V6):x}/{NETWORK_BITS_V6}"
    return str(found)
