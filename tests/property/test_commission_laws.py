"""Laws of commission: in whatever pieces money is released and taken back, nothing is lost and no bound is passed."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from domain.agreement import Agreement
from domain.agreement_terms import AgreementTerms, CurrencyTerms, Tier
from domain.commands import Command
from domain.commission import Commission, CommissionClawedBack, CommissionEvent
from domain.money import MINOR_MAX, share
from domain.payee_account import PayeeAccount
from domain.reckoning import ROUNDING, reckon
from domain.references import commission_id
from domain.tax import WITHHOLDING, charged_minor
from tests.agreements import AGREEMENT, accrue, agreed_terms, brought, claw_back, commission_in, earn, ordered
from tests.given import AT, World
from tests.given import given as given_events
from tests.property import laws

CURRENCY = "INR"
ORDERS = ("PO-1", "PO-2")
YEAR = timedelta(days=366)

amounts = st.integers(1, 3_000_000) | st.integers(2_000_001, 3_000_000)
rates = st.sampled_from((0, 1, 33, 200, 1_250, 10_000, 10_000))
"""All of it often enough, so that a year's commission passes the threshold of withholding."""


class Said(NamedTuple):
    """What follows in an order, and how many years from now."""

    command: Command
    years: int


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Draw up to three tiers."""
    starts = sorted(draw(st.sets(st.integers(1, 4_000_000), max_size=3)))
    return tuple(Tier(from_minor=start, rate_bps=draw(rates)) for start in starts)


@st.composite
def terms(draw: st.DrawFn) -> AgreementTerms:
    """Draw terms with any mix of basis, payer, tiers, cap, minimum and tax."""
    gst = draw(st.sampled_from(("", "in-commission")))
    countries = st.sampled_from(("IN", "DE")) if gst else st.just("")
    agreed = CurrencyTerms(
        tiers=draw(tiers()),
        cap_minor=draw(st.none() | st.none() | st.integers(0, 200_000)),
        minimum_minor=draw(st.sampled_from((0, 0, 1, 5_000))),
    )
    return agreed_terms(
        rate_bps=draw(rates),
        basis=draw(st.sampled_from(("gross", "net", "service_fee"))),
        payer=draw(st.sampled_from(("operator", "exporter"))),
        by_currency={CURRENCY: agreed},
        withholding=draw(st.sampled_from(("", *WITHHOLDING))),
        gst=gst,
        payer_country=draw(countries),
        partner_country=draw(countries),
    )


@st.composite
def released(draw: st.DrawFn, order: str) -> Command:
    """Draw a release with its fee and tax."""
    gross_minor = draw(amounts)
    fee_minor = share(gross_minor, rate_bps=draw(st.sampled_from((0, 250))))
    return accrue(gross_minor, order=order, fee_minor=fee_minor, tax_minor=share(fee_minor, rate_bps=1_800))


def sayings() -> st.SearchStrategy[Said]:
    """Draw a release, a recovery or the end of claims, of either order, in either of two years."""
    orders = st.sampled_from(ORDERS)
    recovered = st.builds(lambda order, minor: claw_back(minor, order=order), orders, amounts)
    said = st.one_of(orders.flatmap(released), recovered, st.builds(earn, orders))
    return st.builds(Said, said, st.sampled_from((0, 0, 1)))


def opened(agreed: AgreementTerms) -> World:
    """Return a book with two orders that bring commission."""
    orders = [history for order in ORDERS for history in ordered(order, currency=CURRENCY)]
    return given_events(*brought(agreed), *orders).world


def told(agreed: AgreementTerms, story: Sequence[Said]) -> World:
    """Return the book after a story; the laws are checked after each step of it."""
    world = opened(agreed)
    for command, years in story:
        steps = world.say(command, at=AT + years * YEAR)
        laws.every_entry_sums_to_zero(steps)
        laws.no_event_moves_less_than_nothing(steps)
        check(world, agreed.in_currency(CURRENCY))
    return world


def check(world: World, agreed: CurrencyTerms) -> None:
    """Hold every law of a book's commissions."""
    commissions = list(laws.each(world, Commission))
    for commission in commissions:
        nothing_is_below_nothing(commission)
    years_are_the_sum_of_orders(world, commissions)
    accounts_are_the_sum_of_orders(world, commissions)
    for total in agreement_in(world).totals:
        assert agreed.cap_minor is None or total.commission_minor <= agreed.cap_minor
        assert min(total.basis_minor, total.commission_minor, total.earned_minor, total.withheld_minor) >= 0


def nothing_is_below_nothing(commission: Commission) -> None:
    """0 <= clawed back <= accrued <= basis, and what is earned is at most what accrued and wasn't clawed back."""
    assert 0 <= commission.clawed_back_minor <= commission.accrued_minor <= commission.basis_minor
    assert 0 <= commission.basis_back_minor <= commission.basis_minor
    assert 0 <= commission.earned_minor <= commission.accrued_minor - commission.clawed_back_minor
    assert all(0 <= earning.back_minor <= earning.amount_minor for earning in commission.earnings)
    if not commission.unrecovered_minor:
        assert commission.clawed_back_minor == commission.accrued_minor
        assert commission.basis_back_minor == commission.basis_minor


def years_are_the_sum_of_orders(world: World, commissions: Sequence[Commission]) -> None:
    """What the agreement counts in a year is what its orders accrued and earned in it."""
    for total in agreement_in(world).totals:
        parts = [part for commission in commissions for part in commission.years if part.year == total.year]
        earnings = [
            earning for commission in commissions for earning in commission.earnings if earning.year == total.year
        ]
        assert total.basis_minor == sum(part.basis_minor for part in parts)
        assert total.commission_minor == sum(part.commission_minor for part in parts)
        assert total.earned_minor == sum(earning.amount_minor - earning.back_minor for earning in earnings)


def accounts_are_the_sum_of_orders(world: World, commissions: Sequence[Commission]) -> None:
    """The partner's accounts and the taxes are what the orders say; payee accounts are what is posted."""
    assert -world.balances["accrued:partner:PAR-1", CURRENCY] == sum(c.unearned_minor for c in commissions)
    due_minor = sum(c.earned_minor for c in commissions) + gst_of(commissions) - withheld_of(commissions)
    assert -world.balances["payable:partner:PAR-1", CURRENCY] == due_minor
    standing_minor = sum(c.accrued_minor - c.clawed_back_minor for c in commissions)
    paid_minor = world.balances["expense:commission", CURRENCY] + world.balances["payable:exporter:EXP-1", CURRENCY]
    by_exporter = [c for c in commissions if c.payer == "exporter"]
    assert paid_minor == standing_minor + gst_of(by_exporter)
    for payee in laws.each(world, PayeeAccount):
        assert payee.minor_on("payable:partner") == -world.balances[f"payable:partner:{payee.party}", CURRENCY]
        assert payee.minor_on("payable:exporter") == -world.balances[f"payable:exporter:{payee.party}", CURRENCY]


def gst_of(commissions: Sequence[Commission]) -> int:
    """Return what partners charged on top and haven't given back."""
    earnings = [earning for commission in commissions for earning in commission.earnings]
    backs = [(earning, earning.gst_back_minor) for earning in earnings]
    return sum(charged_minor(earning.treatment, earning.gst_minor - back_minor) for earning, back_minor in backs)


def withheld_of(commissions: Sequence[Commission]) -> int:
    """Return what was withheld and hasn't been given back."""
    return sum(e.withheld_minor - e.withheld_back_minor for commission in commissions for e in commission.earnings)


def agreement_in(world: World) -> Agreement:
    """Return the agreement as it stands."""
    agreement = world.load(AGREEMENT).aggregate
    assert isinstance(agreement, Agreement)
    return agreement


def exact(agreed: AgreementTerms, basis_minor: int) -> Fraction:
    """Return what a year's basis brings without minimum and cap, told another way: tier by tier from the top."""
    above = [*agreed.in_currency(CURRENCY).tiers]
    rate, total = Fraction(0), Fraction(0)
    left_minor = basis_minor
    while above:
        tier = above.pop()
        rate = Fraction(tier.rate_bps, 10_000)
        total += rate * max(0, left_minor - tier.from_minor)
        left_minor = min(left_minor, tier.from_minor)
    return total + left_minor * Fraction(agreed.rate_bps, 10_000)


@given(terms(), st.lists(sayings(), max_size=12))
def test_whatever_is_released_and_taken_back_every_law_holds(agreed: AgreementTerms, story: list[Said]) -> None:
    laws.the_log_replays(told(agreed, story))


@given(st.sampled_from(sorted(WITHHOLDING)), st.lists(sayings(), max_size=12))
def test_whatever_is_taken_back_every_law_holds_where_tax_was_withheld(table: str, story: list[Said]) -> None:
    told(agreed_terms(rate_bps=10_000, withholding=table), story)


@given(terms(), st.lists(sayings(), max_size=12))
def test_every_amount_is_the_exact_sum_of_its_parts_and_rounding_is_within_a_minor_unit(
    agreed: AgreementTerms, story: list[Said]
) -> None:
    for step, _ in told(agreed, story).steps:
        if not isinstance(step.event, CommissionEvent):
            continue
        for name, parts in reckon(step.event).items():
            fields = name.split(".")
            minor = getattr(step.event, name) if len(fields) == 1 else _back(step.event, int(fields[1]), fields[2])
            assert sum((part.exact_minor for part in parts), Fraction(0)) == minor
            ahead = isinstance(step.event, CommissionClawedBack) and not step.event.amount_minor
            assert ahead or all(abs(part.exact_minor) <= 1 for part in parts if part.what == ROUNDING)


def _back(event: CommissionEvent, number: int, field: str) -> int:
    assert isinstance(event, CommissionClawedBack)
    return sum(getattr(back, field) for back in event.from_earned if back.number == number)


@given(terms(), st.lists(amounts, min_size=1, max_size=6))
def test_a_release_cut_into_pieces_accrues_what_it_does_whole(agreed: AgreementTerms, pieces: list[int]) -> None:
    whole, cut = opened(agreed), opened(agreed)
    fee_minor = sum(pieces) // 40
    whole.say(accrue(sum(pieces), fee_minor=fee_minor))
    for gross_minor in pieces:
        part_minor = min(fee_minor, gross_minor)
        cut.say(accrue(gross_minor, fee_minor=part_minor))
        fee_minor -= part_minor
    assert commission_in(cut).accrued_minor == commission_in(whole).accrued_minor
    assert agreement_in(cut).totals == agreement_in(whole).totals


@given(agreed=terms(), pieces=st.lists(amounts, min_size=1, max_size=6), earned=st.booleans())
def test_what_is_recovered_whole_in_whatever_pieces_leaves_nothing_behind(
    agreed: AgreementTerms, pieces: list[int], *, earned: bool
) -> None:
    world = opened(agreed)
    world.say(accrue(sum(pieces), fee_minor=sum(pieces) // 40))
    if earned:
        world.say(earn())
    for gross_minor in pieces:
        world.say(claw_back(gross_minor))
    assert commission_in(world).accrued_minor == commission_in(world).clawed_back_minor
    assert not any(world.balances.values()), dict(world.balances)
    assert not any(total.basis_minor + total.commission_minor for total in agreement_in(world).totals)


@given(terms(), st.lists(amounts, min_size=1, max_size=5), amounts)
def test_recoveries_in_pieces_are_never_half_a_minor_unit_from_their_exact_share(
    agreed: AgreementTerms, pieces: list[int], more: int
) -> None:
    world = opened(agreed)
    world.say(accrue(sum(pieces) + more))
    for gross_minor in pieces:
        world.say(claw_back(gross_minor))
        commission = commission_in(world)
        share_of = Fraction(commission.accrued_minor * commission.recovered_minor, commission.released_minor)
        assert abs(commission.clawed_back_minor - share_of) <= Fraction(1, 2)


@given(terms(), st.lists(st.tuples(st.sampled_from(ORDERS), amounts), min_size=1, max_size=8))
def test_a_years_commission_is_what_the_tiers_say_of_its_basis(
    agreed: AgreementTerms, releases: list[tuple[str, int]]
) -> None:
    plain = CurrencyTerms(tiers=agreed.in_currency(CURRENCY).tiers)
    only_rates = agreed_terms(rate_bps=agreed.rate_bps, by_currency={CURRENCY: plain})
    world = opened(only_rates)
    for order, gross_minor in releases:
        world.say(accrue(gross_minor, order=order))
    (total,) = agreement_in(world).totals
    half_a_unit_an_order = Fraction(len({order for order, _ in releases}), 2)
    assert abs(total.commission_minor - exact(only_rates, total.basis_minor)) <= half_a_unit_an_order


@given(st.sampled_from(sorted(WITHHOLDING)), st.lists(amounts, min_size=1, max_size=8))
def test_what_is_withheld_in_a_year_doesnt_depend_on_the_pieces_it_is_earned_in(table: str, pieces: list[int]) -> None:
    agreed = agreed_terms(rate_bps=10_000, withholding=table)
    whole, cut = opened(agreed), opened(agreed)
    whole.say(accrue(sum(pieces)))
    whole.say(earn())
    for gross_minor in pieces:
        cut.say(accrue(gross_minor))
        cut.say(earn())
    assert agreement_in(cut).totals == agreement_in(whole).totals


@given(terms(), amounts)
def test_tiers_cut_a_basis_without_overlap_or_gap(agreed: AgreementTerms, position_minor: int) -> None:
    for basis_minor in (0, 1, position_minor, MINOR_MAX):
        lines = agreed.lines(basis_minor, position_minor=position_minor, currency=CURRENCY)
        assert sum(line.basis_minor for line in lines) == basis_minor
        assert all(line.basis_minor > 0 for line in lines)
    starts = [tier.from_minor for tier in agreed.in_currency(CURRENCY).tiers]
    assert all(below < above for below, above in pairwise(starts))


def test_an_orders_commission_is_found_by_its_key() -> None:
    assert commission_id("PO-1") == "commission:PO-1"
