"""How to draw money, keys, lines, steps, rules and whole command sequences."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import NamedTuple, get_args

from hypothesis import strategies as st

from domain import commands
from domain.commands import Command
from domain.money import MINOR_MAX, Money
from domain.order import Line, LineQuantity, PaymentStep, PaymentTrigger
from domain.references import KEY, SKU
from domain.rulebook import Rules

ORDERS = ("PO-1", "PO-2")
ACTORS = ("ann", "bob")
PARTIES = ("P-1", "P-2", "P-3")
"""One party may sell in one trade and buy in another."""
CURRENCY = "USD"
ACCOUNT = "clearing:card"
SMALL_MINOR_MAX = 150
"""Amounts of command sequences are small, so that they meet, exceed and just miss each other often."""


class Said(NamedTuple):
    """A command, who says it, and after how many days of silence."""

    command: Command
    actor: str
    days: int


def currencies() -> st.SearchStrategy[str]:
    """Draw a currency; their minor units have none to four decimals."""
    return st.sampled_from(("USD", "EUR", "INR", "JPY", "BHD", "CLF"))


def amounts_minor(*, most: int = MINOR_MAX) -> st.SearchStrategy[int]:
    """Draw an amount above zero."""
    return st.integers(1, most)


def money() -> st.SearchStrategy[Money]:
    """Draw money of any size and sign."""
    return st.builds(Money, currencies(), st.integers(-MINOR_MAX, MINOR_MAX))


def keys() -> st.SearchStrategy[str]:
    """Draw what an order or a party may be called."""
    return st.from_regex(KEY, fullmatch=True)


def skus() -> st.SearchStrategy[str]:
    """Draw what a seller may call a good."""
    return st.from_regex(SKU, fullmatch=True)


def lines(*, most: int = 4, most_minor: int = SMALL_MINOR_MAX) -> st.SearchStrategy[tuple[Line, ...]]:
    """Draw the lines of an order, numbered from 1; what the goods are called decides nothing, so they all are alike."""
    facts = st.tuples(st.just("SKU-1"), st.integers(1, 5), amounts_minor(most=most_minor))
    return st.lists(facts, min_size=1, max_size=most).map(
        lambda drawn: tuple(
            Line(number=number, sku=sku, quantity=quantity, amount_minor=amount_minor)
            for number, (sku, quantity, amount_minor) in enumerate(drawn, start=1)
        )
    )


@st.composite
def steps(draw: st.DrawFn, total_minor: int) -> tuple[PaymentStep, ...]:
    """Draw one to three payment steps that sum to a total."""
    cuts = sorted(draw(st.sets(st.integers(1, total_minor - 1), max_size=2))) if total_minor > 1 else []
    ends = [0, *cuts, total_minor]
    triggers = st.sampled_from(get_args(PaymentTrigger))
    return tuple(
        PaymentStep(name=f"step-{number}", amount_minor=end - start, trigger=draw(triggers))
        for number, (start, end) in enumerate(pairwise(ends), start=1)
    )


def rules() -> st.SearchStrategy[Rules]:
    """Draw rules: fees from none to a tenth; a second person who looks at nothing, at larger amounts, at everything."""
    return st.builds(
        Rules,
        service_fee_bps=st.sampled_from((0, 250, 1_000, 5_000)),
        service_fee_tax_bps=st.sampled_from((0, 1_800, 5_000)),
        four_eyes_from_minor=st.sampled_from(({}, {CURRENCY: 50}, {CURRENCY: 1})),
        four_eyes_where_unlisted=st.booleans(),
    )


@st.composite
def place_orders(draw: st.DrawFn, order: str) -> commands.PlaceOrder:
    """Draw an order that can be placed; buyer and exporter may be one party."""
    ordered = draw(lines())
    agreed = draw(steps(sum(line.amount_minor for line in ordered)))
    return commands.PlaceOrder(
        order=order,
        buyer=draw(st.sampled_from(PARTIES)),
        exporter=draw(st.sampled_from(PARTIES)),
        currency=CURRENCY,
        lines=ordered,
        steps=draw(st.sampled_from((agreed, ()))),
        transport_mode="sea",
        ship_by=date(2026, 12, 1),
    )


def some_money() -> st.SearchStrategy[Money]:
    """Draw an amount as a command may say it: mostly plausible, sometimes nothing, less, or of another currency."""
    plausible = amounts_minor(most=SMALL_MINOR_MAX).map(lambda minor: Money(CURRENCY, minor))
    return (
        plausible | plausible | plausible | st.sampled_from((Money(CURRENCY, 0), Money(CURRENCY, -1), Money("EUR", 1)))
    )


@cache
def commands_about(order: str) -> st.SearchStrategy[Command]:
    """Draw any public command about one order, fitting or not."""
    name, amount, perhaps = st.just(order), some_money(), st.none() | some_money()
    number, reason, account = st.integers(1, 4), st.sampled_from(("late", "late", "late", "no code")), st.just(ACCOUNT)
    going = st.lists(st.builds(LineQuantity, line=st.integers(1, 4), quantity=st.integers(1, 5)), max_size=3).map(tuple)
    return st.one_of(
        place_orders(order),
        st.builds(commands.AcceptOrder, order=name),
        st.builds(commands.CancelOrder, order=name, reason=reason),
        st.builds(commands.RecordPayment, order=name, step=st.integers(1, 3), amount=amount, account=account),
        st.builds(commands.RecordPayment, order=name, step=st.just(1), amount=amount, account=account),
        st.builds(commands.DispatchGoods, order=name, lines=st.none() | going),
        st.builds(commands.RecordDelivery, order=name, dispatch=st.none() | st.integers(0, 3)),
        st.builds(commands.ConfirmReceipt, order=name),
        st.builds(commands.LapseInspection, order=name),
        st.builds(commands.ProposeRelease, order=name, amount=perhaps),
        st.builds(commands.ApproveRelease, order=name, number=number),
        st.builds(commands.RejectRelease, order=name, number=number, reason=reason),
        st.builds(commands.ProposeRefund, order=name, amount=amount, reason=reason),
        st.builds(commands.ApproveRefund, order=name, number=number),
        st.builds(commands.RejectRefund, order=name, number=number, reason=reason),
        st.builds(commands.FreezeHold, order=name, amount=perhaps, reason=reason),
        st.builds(commands.UnfreezeHold, order=name, amount=perhaps, reason=reason),
        st.builds(commands.RecordChargeback, order=name, amount=amount, account=account),
        st.builds(commands.CloseHold, order=name),
    )


def sayings(order: str | None = None) -> st.SearchStrategy[Said]:
    """Draw any public command about an order, by anybody, now or after a while."""
    about = st.one_of(*(commands_about(one) for one in ([order] if order else ORDERS)))
    return st.builds(Said, about, st.sampled_from(ACTORS), st.sampled_from((0, 0, 0, 1, 46)))


@st.composite
def stories(draw: st.DrawFn, *, between: int = 3) -> Sequence[Said]:
    """Draw a trade's ordinary course with anything else happening in between, so that it gets somewhere."""
    order = ORDERS[0]
    place = draw(place_orders(order))
    total = Money(CURRENCY, sum(line.amount_minor for line in place.lines))
    paid = draw(st.sampled_from((total, Money(CURRENCY, total.minor + 10), Money(CURRENCY, max(1, total.minor // 2)))))
    ordinary = (
        place,
        commands.AcceptOrder(order=order),
        commands.RecordPayment(order=order, amount=paid, account=ACCOUNT),
        commands.DispatchGoods(order=order),
        commands.ConfirmReceipt(order=order),
    )
    story: list[Said] = []
    for command in ordinary[: draw(st.integers(2, len(ordinary)))]:
        story.append(Said(command, ACTORS[0], 0))
        story += draw(st.lists(sayings(order), max_size=between))
    return story + draw(st.lists(sayings(order), max_size=3 * between))
