"""The simulated takeover is what another system kept until the marketplace's book began: balances, and open orders."""

from datetime import timedelta

from api.simulation import world
from api.simulation.cast import Cast
from api.simulation.stage import Stage, Story
from api.simulation.trade import SimulatedTrade
from api.simulation.treasury import collect_old_debt
from api.simulation.world import BY_CURRENCY, OPERATOR, RULES
from domain import commands
from domain.money import Money
from domain.order import LINES_PER_EVENT_MAX
from domain.takeover import OpeningBalance, TakenOverStatus

SOURCE = "old-books"
CURRENCIES = ("USD", "EUR", "INR")
DEBTOR = "EXP-60"
ORDERS_MAX, TRADES_PER_ORDER = 80, 30
"""Assumed: one order is taken over for so many that come later."""
PAID_OUT_BEFORE = 0.6
PAID_OUT_PERCENT = (30, 90)
"""Assumed: the old system paid exporters when they had shipped, so a dispute here finds the money gone."""
BALANCES = (
    ("bank:safeguarded:collection", 41_000), ("clearing:card", 9_500), ("bank:operator:main", 6_000),
    ("payable:exporter:EXP-1", -22_000), ("payable:exporter:EXP-2", -14_500), ("payable:exporter:EXP-7", -6_300),
    (f"payable:exporter:{DEBTOR}", 900), ("refundable:buyer:BUY-1", -3_200), ("refundable:buyer:BUY-2", -1_700),
    ("tax:gst-output", -1_480), ("income:service-fee", -8_220),
)  # fmt: skip
"""Invented, in dollars: buyers' money covers what is owed; the rest is the operator's."""
STAGES: tuple[tuple[TakenOverStatus, float], ...] = (
    ("accepted", 0.4), ("part_dispatched", 0.1), ("dispatched", 0.35), ("delivered", 0.15),
)  # fmt: skip
"""Assumed."""


def take_over_balances(stage: Stage) -> Story:
    """Take over what stood on the old accounts; a second time, which is refused."""
    yield stage.hours((1, 2))
    record = commands.RecordOpeningBalances(
        source=SOURCE,
        source_sha256=stage.dice.invented("file"),
        as_of=(stage.at - timedelta(days=1)).date(),
        balances=tuple(
            OpeningBalance(
                account=account, currency=currency, amount_minor=dollars * BY_CURRENCY[currency].minor_per_dollar
            )
            for currency in CURRENCIES
            for account, dollars in BALANCES
        ),
    )
    stage.say(record, OPERATOR)
    for currency in CURRENCIES:
        owed_minor = dict(BALANCES)[f"payable:exporter:{DEBTOR}"] * BY_CURRENCY[currency].minor_per_dollar
        stage.begin(collect_old_debt(DEBTOR, Money(currency, owed_minor), stage))
    yield stage.hours((1, 2))
    stage.say(record, OPERATOR)


def take_over_orders(trades: int, stage: Stage, cast: Cast) -> Story:
    """Take over open orders, and go on with them here."""
    yield stage.hours((3, 4))
    for number in range(1, 1 + min(ORDERS_MAX, -(-trades // TRADES_PER_ORDER))):
        order = f"OLD-{number:04d}"
        trade = SimulatedTrade(order, stage=stage, cast=cast, is_taken_over=True)
        yield stage.hours((0, 1))
        if not stage.say(_take_over(trade, order, stage, cast), OPERATOR):
            stage.begin(trade.perform(), order=order)


def _take_over(trade: SimulatedTrade, order: str, stage: Stage, cast: Cast) -> commands.TakeOverOrder:
    buyer, exporter = cast.buyer(), cast.newcomer()
    cast.introduce(buyer, "buyer")
    cast.introduce(exporter, "exporter")
    place = trade.new_order(buyer, exporter, lines_max=LINES_PER_EVENT_MAX)
    status = stage.dice.pick(STAGES)
    shipped = status != "accepted"
    total_minor = sum(line.amount_minor for line in place.lines)
    received = tuple(
        step.amount_minor if step.trigger == "acceptance" or (shipped and step.trigger == "dispatch") else 0
        for step in place.steps
    ) or (total_minor,)
    halves = tuple(line.quantity // 2 for line in place.lines)
    paid_out = shipped and stage.dice.chance(PAID_OUT_BEFORE)
    released_minor = sum(received) * stage.dice.whole(PAID_OUT_PERCENT) // 100 if paid_out else 0
    fee = RULES.fee_on(released_minor)
    return commands.TakeOverOrder(
        order=order,
        source=SOURCE,
        source_reference=f"{SOURCE} {order}",
        buyer=buyer,
        exporter=exporter,
        currency=place.currency,
        lines=place.lines,
        steps=place.steps,
        transport_mode=place.transport_mode,
        ship_by=place.ship_by,
        deliver_by=place.deliver_by,
        rulebook=place.rulebook,
        status=status,
        undispatched=halves if status == "part_dispatched" else (),
        placed_at=stage.at - timedelta(days=stage.dice.whole((15, 40))),
        dispatched_at=stage.at - timedelta(days=stage.dice.whole((1, 12))) if shipped else None,
        received_minor=received,
        held_minor=sum(received) - released_minor,
        released_gross_minor=released_minor,
        released_fee_minor=fee.fee_minor,
        released_tax_minor=fee.tax_minor,
        account=world.COLLECTION,
    )
