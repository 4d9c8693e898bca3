"""Decisions about aggregates with long histories, beside the same about short ones: known already, or read anew."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from itertools import count, islice
from time import perf_counter
from typing import NamedTuple

import psycopg
from msgspec.structs import replace

from api.composition import OpenedBook, connected, utc_now
from domain import commands
from domain.agreement_terms import AgreementTerms
from ledger.application import TradeLedger
from ledger.outcomes import Accepted
from tests.bench.append_bulk import append
from tests.bench.ground import BOOK, Ground, submissions
from tests.bench.measurement import Measurement, compared, say
from tests.books import Salts, pay, place_order

SHORT, LONG = 10, 10_040
"""Events before the first decision; the long one is then in the unfavourable half between two snapshots."""
DECISIONS = 50
BASELINE = f"the same about one with {SHORT} events"
UNIT = "microseconds"

Commands = Iterator[commands.Command]


class Long(NamedTuple):
    """Something that has a long history: what gives it one, event by event, and what is decided about it then."""

    name: str
    prepare: Callable[[str, int], Commands]
    decide: Callable[[str, int], Commands]


def long_aggregate_warm(ground: Ground) -> Measurement:
    """Measure decisions by a process that has the aggregates in its cache."""
    return _slowest("long_aggregate_warm", ground, _warm)


def long_aggregate_cold(ground: Ground) -> Measurement:
    """Measure decisions by a process that has just started, or has evicted the aggregates."""
    return _slowest("long_aggregate_cold", ground, _cold)


def _slowest(name: str, ground: Ground, measure: Callable[[OpenedBook, Long], tuple[float, float]]) -> Measurement:
    with connected(_prepared(ground)) as house:
        book = house.book(BOOK)
        measurements = []
        for each in LONGS:
            short, long = measure(book, each)
            measurements.append(compared(name, long, unit=UNIT, baseline=BASELINE, baseline_value=short))
            say(f"{name}: {each.name}: {long:,.0f} beside {short:,.0f} {UNIT}")
    return max(measurements, key=lambda measured: measured.ratio)


def _warm(book: OpenedBook, about: Long) -> tuple[float, float]:
    ledger = _new_ledger(book)
    return _measured(about, lambda: ledger)


def _cold(book: OpenedBook, about: Long) -> tuple[float, float]:
    return _measured(about, lambda: _new_ledger(book))


def _measured(about: Long, ledger: Callable[[], TradeLedger]) -> tuple[float, float]:
    """
    Return the microseconds of a decision about a short history, and about a long one, taken by turns.

    A tenth of the decisions is faster: the others tell more of what else the machine does.
    """
    turn = next(_turns)
    said = [about.decide(key, turn) for key in ("short", "long")]
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(DECISIONS):
        for kept, decide in zip(seconds, said, strict=True):
            kept.append(_decided(ledger(), next(decide)))
    short, long = (sorted(kept)[DECISIONS // 10] * 1e6 for kept in seconds)
    return short, long


def _decided(ledger: TradeLedger, command: commands.Command) -> float:
    (submission,) = submissions([command], batch=f"decided-{next(_turns)}")
    started = perf_counter()
    (outcome,) = ledger.process([submission])
    elapsed = perf_counter() - started
    assert isinstance(outcome, Accepted), outcome
    return elapsed


def _new_ledger(book: OpenedBook) -> TradeLedger:
    return TradeLedger(book.recorder, clock=utc_now, salts=Salts())


@cache
def _prepared(ground: Ground) -> str:
    """Return the DSN of a book with short and long histories, where no commit waits for the disk: its time varies."""
    dsn = ground.new_database()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET synchronous_commit = off')
    with connected(dsn) as house:
        book = house.book(BOOK)
        book.found()
        for key, events in (("short", SHORT), ("long", LONG)):
            say(f"long_aggregate: preparing histories of {events:,} events")
            for number, each in enumerate(LONGS):
                append(book.writer, submissions(list(each.prepare(key, events)), batch=f"{key}-{number}"))
    return dsn


def _pausing(key: str) -> Commands:
    while True:
        yield commands.PauseClock(order=f"clocks-{key}", clock="ship-by/2026-12-01", reason="strike")
        yield commands.ResumeClock(order=f"clocks-{key}", clock="ship-by/2026-12-01", reason="over")


def _prepare_clocks(key: str, events: int) -> Commands:
    yield place_order(f"clocks-{key}")
    yield commands.AcceptOrder(order=f"clocks-{key}")
    yield from islice(_pausing(key), events)


def _decide_clocks(key: str, _turn: int) -> Commands:
    return _pausing(key)


def _registered(name: str, key: str) -> Commands:
    for role in ("buyer", "exporter"):
        yield commands.RegisterParty(party=f"{name}-{role}-{key}", roles=(role,), country="IN")


def _order(name: str, key: str, order: str, *, amount_minor: int = 100) -> commands.PlaceOrder:
    placed = place_order(order, amount_minor=amount_minor)
    return replace(placed, buyer=f"{name}-buyer-{key}", exporter=f"{name}-exporter-{key}")


def _prepare_party(key: str, events: int) -> Commands:
    yield from _registered("party", key)
    for number in range(events):
        order = f"party-{key}-{number}"
        yield from (_order("party", key, order), commands.AcceptOrder(order=order), pay(order, 1))


def _decide_party(key: str, turn: int) -> Commands:
    for number in count():
        order = f"party-{key}-{turn}-{number}"
        yield _order("party", key, order)


def _prepare_payments(key: str, events: int) -> Commands:
    """Yield an order that is received before it is paid: every payment is released, credited and brings commission."""
    order, today = f"payments-{key}", utc_now().date()
    terms = AgreementTerms(rate_bps=200, attribution_days=365)
    yield from _registered("payments", key)
    yield commands.SignAgreement(
        agreement=f"AG-{key}", partner="PAR-1", starts_on=today - timedelta(days=9), terms=terms
    )
    yield commands.ReferExporter(
        party=f"payments-exporter-{key}", agreement=f"AG-{key}", starts_on=today - timedelta(days=9)
    )
    yield _order("payments", key, order, amount_minor=100 * (LONG + 1_000))
    yield commands.AcceptOrder(order=order)
    yield commands.DispatchGoods(order=order)
    yield commands.RecordDelivery(order=order)
    yield commands.ConfirmReceipt(order=order)
    yield from (pay(order, 100) for _ in range(events))


def _decide_payments(key: str, _turn: int) -> Commands:
    while True:
        yield pay(f"payments-{key}", 100)


LONGS = (
    Long("an order's clocks, paused and resumed", _prepare_clocks, _decide_clocks),
    Long("parties with open trades, one placed more", _prepare_party, _decide_party),
    Long(
        "a payee account, an agreement, a hold and its releases, one payment more", _prepare_payments, _decide_payments
    ),
)
_turns = count(1)
