"""The stage tells stories in turns, lets deadlines pass, and forgets what is over."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from api.simulation.clockwork import Outage
from api.simulation.dice import Dice
from api.simulation.stage import Stage, Story
from domain import commands
from domain.money import Money
from domain.order import Line, Order
from domain.references import order_id
from domain.rules import Rules
from ledger.outcomes import Submission

BEGINS_AT = datetime(2026, 6, 1, tzinfo=UTC)
ENDS_AT = BEGINS_AT + timedelta(days=120)
OPERATOR, SECOND = "operator:first", "operator:second"
RULES = Rules(four_eyes_from_minor={"USD": 1_000_000})


def staged(outages: Sequence[Outage] = ()) -> Stage:
    dice = Dice(random.Random(1))  # noqa: S311 - a test wants numbers that can be had again
    stage = Stage(dice=dice, starts_at=BEGINS_AT, ends_at=ENDS_AT, outages=outages)
    stage.remember(
        Submission(command=command, command_id="x", principal="x", actor=actor, role="operator", occurred_at=BEGINS_AT)
        for command, actor in (
            (commands.DraftRulebook(rulebook="standard/1", rules=RULES), OPERATOR),
            (commands.ApproveRulebook(rulebook="standard/1"), SECOND),
            (commands.PublishRulebook(rulebook="standard/1"), OPERATOR),
        )
    )
    return stage


def days(count: int) -> datetime:
    return BEGINS_AT + timedelta(days=count)


def trade(stage: Stage, *, confirmed: bool = True) -> Story:
    line = Line(number=1, sku="A", quantity=10, amount_minor=10_000)
    place = commands.PlaceOrder(
        order="PO-1",
        buyer="BUY-1",
        exporter="EXP-1",
        currency="USD",
        lines=(line,),
        transport_mode="express",
        ship_by=date(2026, 6, 20),
    )
    pay = commands.RecordPayment(order="PO-1", amount=Money("USD", 10_000), account="clearing:card")
    for command in (place, commands.AcceptOrder(order="PO-1"), pay, commands.DispatchGoods(order="PO-1")):
        stage.say(command, OPERATOR)
        yield stage.at + timedelta(days=1)
    if confirmed:
        stage.say(commands.ConfirmReceipt(order="PO-1"), OPERATOR)
    yield stage.at + timedelta(days=20)


def spoken(stage: Stage) -> list[tuple[str, datetime | None]]:
    return [(type(each.command).__name__, each.occurred_at) for each in stage.play()]


class TestTurns:
    def test_stories_go_on_in_order_of_time_whoever_began_first(self) -> None:
        stage, told = staged(), []

        def story(name: str, *turns: int) -> Story:
            for turn in turns:
                yield days(turn)
                told.append((name, turn, stage.at))

        stage.begin(story("slow", 3, 9))
        stage.begin(story("quick", 1, 4))
        assert spoken(stage) == []
        assert told == [
            ("quick", 1, days(1)),
            ("slow", 3, days(3)),
            ("quick", 4, days(4)),
            ("slow", 9, days(9)),
        ]

    def test_a_turn_in_the_past_comes_now(self) -> None:
        stage, told = staged(), []

        def story() -> Iterator[datetime]:
            yield days(5)
            yield days(2)
            told.append(stage.at)

        stage.begin(story())
        assert spoken(stage) == []
        assert told == [days(5)]

    def test_what_would_come_after_the_end_never_does(self) -> None:
        stage, told = staged(), []

        def story() -> Iterator[datetime]:
            yield ENDS_AT
            told.append(stage.at)

        stage.begin(story())
        assert spoken(stage) == []
        assert told == []

    def test_who_speaks_hears_why_not(self) -> None:
        stage = staged()
        assert stage.say(commands.AcceptOrder(order="PO-1"), OPERATOR) == "reference.not_found"
        assert stage.say(commands.DraftRulebook(rulebook="standard/2", rules=RULES), OPERATOR) == ""

    def test_a_story_finds_what_another_has_said(self) -> None:
        stage, found = staged(), []

        def watching() -> Iterator[datetime]:
            yield days(10)
            found.append(stage.order("PO-1").status)

        stage.begin(trade(stage), order="PO-1")
        stage.begin(watching(), order="PO-1")
        assert [name for name, _ in spoken(stage)][:2] == ["PlaceOrder", "AcceptOrder"]
        assert found == ["completed"]


class TestDeadlines:
    def test_a_deadline_passes_at_its_instant_by_the_clock_worker(self) -> None:
        stage = staged()
        stage.begin(trade(stage, confirmed=False), order="PO-1")
        inspected = days(3) + timedelta(days=15)
        assert [said for said in spoken(stage) if said[0] == "ExpireClocks"] == [
            ("ExpireClocks", inspected),
            ("ExpireClocks", inspected + timedelta(days=30)),
        ]

    def test_the_worker_says_what_the_real_one_would(self) -> None:
        stage = staged()
        stage.begin(trade(stage, confirmed=False), order="PO-1")
        lapse = next(each for each in stage.play() if isinstance(each.command, commands.ExpireClocks))
        assert (lapse.principal, lapse.actor, lapse.role) == ("clocks", "clock:worker", "clock")
        assert lapse.command_id.startswith("PO-1@2026-06-19T00:00:00.000000Z#")

    def test_a_deadline_that_moved_on_is_left_alone(self) -> None:
        stage = staged()
        stage.begin(trade(stage), order="PO-1")
        assert [at for name, at in spoken(stage) if name == "ExpireClocks"] == [days(4 + 30)]

    def test_in_an_outage_deadlines_pass_when_it_is_over_at_their_own_instants(self) -> None:
        stage = staged([Outage(days(17), days(25))])
        stage.begin(trade(stage, confirmed=False), order="PO-1")
        told = [
            (stage.at, said.occurred_at) for said in stage.play() if isinstance(said.command, commands.ExpireClocks)
        ]
        assert told[0] == (days(25), days(18))

    def test_in_an_outage_the_next_command_lets_a_deadline_pass(self) -> None:
        stage = staged([Outage(days(17), days(25))])

        def late() -> Iterator[datetime]:
            yield days(20)
            stage.say(commands.LapseInspection(order="PO-1"), OPERATOR)

        stage.begin(trade(stage, confirmed=False), order="PO-1")
        stage.begin(late(), order="PO-1")
        assert [at for name, at in spoken(stage) if name == "ExpireClocks"] == [days(18 + 30)]


class TestMemory:
    def test_a_trade_is_forgotten_once_nothing_more_can_come_of_it(self) -> None:
        stage = staged()
        stage.begin(trade(stage), order="PO-1")
        for _ in stage.play():
            assert stage.find(Order, order_id("PO-1")) or stage.at == days(4 + 30)
        assert stage.find(Order, order_id("PO-1")) is None

    def test_a_trade_is_kept_as_long_as_a_story_is_told_about_it(self) -> None:
        stage, found = staged(), []

        def long() -> Iterator[datetime]:
            yield days(100)
            found.append(stage.order("PO-1").status)

        stage.begin(trade(stage), order="PO-1")
        stage.begin(long(), order="PO-1")
        assert spoken(stage)
        assert found == ["completed"]
        assert stage.find(Order, order_id("PO-1")) is None
