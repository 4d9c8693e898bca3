"""Counterfactuals on a simulated book: nothing differs under an order's own rules, and what does is worked out anew."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from api.composition import OpenedBook
from api.counterfactuals import make_counterfactual
from api.orders import OrderNotFound
from api.simulation.world import LATER_RULES, RULES
from api.simulator import opening, play, simulate, writing
from domain.clock import ClockKind
from domain.rules import Rules
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from projections.counterfactual import Comparison, Scope, Tally, compare
from tests.books import LogRow, read_log

ENDS_AT = datetime.fromisoformat("2026-11-22T00:00Z")
TRADES = 250
OF_FEES = {"fee", "tax", "net"}
GIVEN_BACK = {"fee given back", "tax given back", "net taken back"}
OF_COMMISSION = {"commission", "commission earned", "commission taken back", "gst on commission", "gst given back"}
GOES_ON = GIVEN_BACK | OF_COMMISSION | {"tax withheld", "tax withheld given back"}

CURRENCIES = RULES.four_eyes_from_minor.keys()
WHOLE = Scope()

Pool = ConnectionPool[Connection]


@pytest.fixture(scope="module")
def pool(postgres: EmbeddedPostgres, template: str) -> Iterator[Pool]:
    """Play a marketplace into a database that all tests of this file read."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE otherwise TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("otherwise"), connections_max=2) as opened:
            with writing(BookRecorder(opened, "main"), seed=7, ends_at=ENDS_AT) as (writer, clock):
                told = simulate(trades=TRADES, seed=7, ends_at=ENDS_AT)
                play(chain(opening("main", seed=7, ends_at=ENDS_AT), told), writer, clock=clock)
            yield opened
        connection.execute("DROP DATABASE otherwise WITH (FORCE)")


@pytest.fixture(scope="module")
def log(pool: Pool) -> Sequence[LogRow]:
    return read_log(pool)


def compared(pool: Pool, other_rules: Callable[[Rules], Rules], scope: Scope = WHOLE) -> list[Comparison]:
    with pool.connection() as connection:
        return list(compare(connection, "main", other_rules, scope))


def differing(pool: Pool, other_rules: Callable[[Rules], Rules], scope: Scope = WHOLE) -> list[Comparison]:
    return [each for each in compared(pool, other_rules, scope) if each.differs]


def doubled(own: Rules) -> Rules:
    return replace(own, service_fee_bps=2 * own.service_fee_bps)


def later(_own: Rules) -> Rules:
    return LATER_RULES


def test_under_its_own_rules_nothing_of_any_order_differs(pool: Pool) -> None:
    everything = compared(pool, lambda own: own)
    assert not [each for each in everything if each.differs]
    kinds = Counter(each.kind for each in everything)
    assert len(everything) > 2_000
    assert kinds["fee"] > 100
    assert kinds.keys() >= OF_FEES | GIVEN_BACK | {"commission", "deadline claims", "dispute", "extension", "appeal"}


def test_comparisons_come_by_position(pool: Pool) -> None:
    positions = [each.position for each in compared(pool, later)]
    assert positions == sorted(positions)


def test_twice_the_fee_differs_in_fees_and_what_follows_from_them_and_in_nothing_else(
    pool: Pool, log: Sequence[LogRow]
) -> None:
    differences = differing(pool, doubled)
    assert {each.kind for each in differences} <= OF_FEES | GOES_ON
    assert {each.rules for each in differences} == {("service_fee_bps",)}
    expected = {
        (row.position, kind): amount
        for row, event in events(log, "hold.released")
        for kind, amount in twice_the_fee(event["gross_minor"]).items()
        if amount != event[f"{kind}_minor"]
    }
    assert {(d.position, d.kind): d.would_be for d in differences if d.kind in OF_FEES} == expected


def test_what_is_given_back_is_in_proportion_to_what_would_have_been_taken(pool: Pool, log: Sequence[LogRow]) -> None:
    left: defaultdict[str, Counter[str]] = defaultdict(Counter)
    expected = {}
    for row, event in events(log, "hold.released", "hold.recovered", "hold.taken_over"):
        parts = left[row.originator_id]
        if row.topic == "hold.released":
            parts.update(twice_the_fee(event["gross_minor"]))
        elif row.topic == "hold.taken_over":
            taken = {name: event[f"released_{name}_minor"] for name in ("gross", "fee", "tax")}
            parts.update({"fee": taken["fee"], "tax": taken["tax"]})
            parts["net"] += taken["gross"] - taken["fee"] - taken["tax"]
        else:
            back = largest_remainder(event["gross_minor"], parts)
            parts.subtract(back)
            expected[row.position] = (back["fee"], back["tax"], back["net"])
    found: defaultdict[int, dict[str, object]] = defaultdict(dict)
    for each in compared(pool, doubled):
        if each.kind in GIVEN_BACK:
            found[each.position][each.kind] = each.would_be
    kinds = ("fee given back", "tax given back", "net taken back")
    assert {position: tuple(by_kind.get(kind, 0) for kind in kinds) for position, by_kind in found.items()} == expected
    assert len(expected) > 5


def test_totals_are_the_sums_of_all_that_was_compared(pool: Pool, log: Sequence[LogRow]) -> None:
    tally = Tally()
    for each in compared(pool, doubled):
        tally.add(each)
    real: Counter[str] = Counter()
    would_be: Counter[str] = Counter()
    for _, event in events(log, "hold.released"):
        real[event["currency"]] += event["fee_minor"]
        would_be[event["currency"]] += twice_the_fee(event["gross_minor"])["fee"]
    fees = {total.currency: total for total in tally.totals if total.kind == "fee"}
    assert {currency: total.real_minor for currency, total in fees.items()} == real
    assert {currency: total.would_be_minor for currency, total in fees.items()} == would_be
    assert {currency: total.difference for currency, total in fees.items()} == would_be - real
    assert tally.orders == len({row.originator_id for row, _ in events(log, "hold.released")})


@pytest.mark.parametrize(
    ("field", "kind"), [("claim_days", "claims"), ("negotiation_days", "answer"), ("offer_days", "offer")]
)
def test_a_week_more_moves_its_own_deadlines_by_a_week(
    pool: Pool, log: Sequence[LogRow], field: str, kind: ClockKind
) -> None:
    differences = differing(pool, lambda own: replace(own, **{field: getattr(own, field) + 7}))
    started = {row.position: event for row, event in events(log, "clock.started") if event["kind"] == kind}
    assert {each.position: each.would_be for each in differences} == {
        position: datetime.fromisoformat(event["due_at"]) + timedelta(days=7) for position, event in started.items()
    }
    assert {(each.difference, each.rules) for each in differences} == {(7 * 86_400, (field,))}


def test_the_later_rules_differ_from_the_first_only_for_orders_under_the_first(
    pool: Pool, log: Sequence[LogRow]
) -> None:
    under = rulebooks_of(log)
    differences = differing(pool, later)
    assert {under[each.order] for each in differences} == {"rulebook:standard/1"}
    assert {each.kind for each in differences} >= {"deadline acceptance", "deadline payment", "deadline escalation"}
    never = [each for each in differences if each.kind == "deadline acceptance"]
    assert {each.real for each in never} == {None}
    placed = {row.originator_id for row, event in events(log, "order.placed")} & {
        f"order:{order}" for order, rulebook in under.items() if rulebook == "rulebook:standard/1"
    }
    assert {f"order:{each.order}" for each in never} == placed


def test_who_approves_follows_from_the_other_threshold(pool: Pool, log: Sequence[LogRow]) -> None:
    rulebooks = rulebooks_of(log)
    expected = {
        row.position
        for row, event in events(log, "release.proposed")
        if event["gross_minor"] < threshold(rulebooks[row.originator_id.partition(":")[2]], event["currency"])
    }
    differences = differing(pool, lambda own: replace(own, four_eyes_from_minor=dict.fromkeys(CURRENCIES, 1)))
    assert {each.position for each in differences if each.kind == "approval of release"} == expected
    assert {(each.real, each.would_be) for each in differences} == {("by rule", "second person")}
    assert all(each.rules[0].startswith("four_eyes_from_minor.") for each in differences)


@pytest.mark.parametrize("part", [(0.0, 0.3), (0.3, 0.6), (0.5, 1.0)])
def test_a_range_decides_as_the_whole_does(pool: Pool, log: Sequence[LogRow], part: tuple[float, float]) -> None:
    first, last = (max(1, int(len(log) * share)) for share in part)
    whole = [each for each in compared(pool, later) if each.kind not in GOES_ON]
    ranged = [each for each in compared(pool, later, Scope(first, last)) if each.kind not in GOES_ON]
    assert ranged == [each for each in whole if first <= each.position <= last]
    assert len(ranged) > 300


def test_accounting_days_choose_by_posting_date(pool: Pool, log: Sequence[LogRow]) -> None:
    since, until = date(2026, 8, 1), date(2026, 8, 31)
    found = compared(pool, doubled, Scope(since=since, until=until))
    august = {row.position for row in log if "2026-08-01" <= json.loads(row.state)["posting_date"] <= "2026-08-31"}
    fees = [each for each in compared(pool, doubled) if each.kind in OF_FEES and each.position in august]
    assert [each for each in found if each.kind in OF_FEES] == fees
    assert fees
    assert {each.position for each in found} <= august


def test_one_order_is_asked_as_among_all(pool: Pool) -> None:
    whole = compared(pool, later)
    for order in {each.order for each in whole if each.kind in {"dispute", "commission"}}:
        alone = compared(pool, later, Scope(order=order))
        assert alone == [each for each in whole if each.order == order]


def test_a_trade_that_was_let_go_of_is_read_again(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = compared(pool, doubled)
    monkeypatch.setattr("projections.trades.TRADES_MAX", 20)
    assert compared(pool, doubled) == whole


def test_the_view_shows_the_first_differences_and_counts_all(pool: Pool, log: Sequence[LogRow]) -> None:
    reached: list[int] = []
    view = make_counterfactual(
        OpenedBook(pool, "main"), later, Scope(to_position=5_000), limit=7, progress=reached.append
    )
    differences = differing(pool, later, Scope(to_position=5_000))
    assert view.differences == differences[:7]
    assert view.differing == len(differences) == sum(total.differing for total in view.totals)
    assert view.orders == len({each.order for each in differences})
    assert (view.from_position, view.to_position, reached[-1]) == (1, 5_000, 5_000)
    assert view.held_fixed
    assert read_log(pool) == log


def test_an_order_that_is_none_is_not_found(pool: Pool) -> None:
    with pytest.raises(OrderNotFound):
        make_counterfactual(OpenedBook(pool, "main"), later, Scope(order="NONE"), limit=1)


def events(log: Sequence[LogRow], *topics: str) -> Iterator[tuple[LogRow, dict[str, Any]]]:
    """Yield the rows of some topics with what their bytes say."""
    for row in log:
        if row.topic in topics:
            yield row, json.loads(row.state)["event"]


def rulebooks_of(log: Sequence[LogRow]) -> dict[str, str]:
    """Return the rulebook of every order, by key."""
    return {
        row.originator_id.removeprefix("order:"): event["terms"]["rulebook"]
        for row, event in events(log, "order.placed", "order.taken_over")
    }


def threshold(rulebook: str, currency: str) -> int:
    rules = {"rulebook:standard/1": RULES, "rulebook:standard/2": LATER_RULES}[rulebook]
    return rules.four_eyes_from_minor[currency]


def twice_the_fee(gross_minor: int) -> dict[str, int]:
    """Return 5 % of a gross, 18 % of that, and what is left: what RULES and LATER_RULES would take twice of."""
    fee = rounded(Decimal(gross_minor) * 5 / 100)
    tax = rounded(Decimal(fee) * 18 / 100)
    return {"fee": fee, "tax": tax, "net": gross_minor - fee - tax}


def rounded(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def largest_remainder(amount: int, parts: Counter[str]) -> dict[str, int]:
    """Split an amount by parts: each its floor, what is left over to the largest remainders, net first, then fee."""
    names = ("net", "fee", "tax")
    whole = sum(parts[name] for name in names)
    exact = {name: divmod(amount * parts[name], whole) for name in names}
    back = {name: floor for name, (floor, _) in exact.items()}
    for name in sorted(names, key=lambda name: -exact[name][1])[: amount - sum(back.values())]:
        back[name] += 1
    return back
