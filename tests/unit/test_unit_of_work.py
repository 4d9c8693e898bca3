"""Unit of work: a command sees what it has done so far, and nothing leaves before all is decided."""

from datetime import timedelta

import pytest

from domain.book import Book, BookOpened
from domain.order import Order, OrderAccepted, OrderCancelled
from domain.unit_of_work import AggregateNotFound, Loaded, Step, UnitOfWork
from tests.given import AT, BOOK, OPERATOR, ORDER, World, agreed, folded, given, on, opened, placed


def working(world: World | None = None) -> UnitOfWork:
    return UnitOfWork((world or World()).load, actor=OPERATOR, occurred_at=AT)


def test_what_happened_in_the_same_command_is_seen() -> None:
    uow = working()
    uow.record(ORDER, placed())
    uow.record(ORDER, OrderAccepted())
    assert uow.get(Order, ORDER).status == "accepted"


def test_what_happened_before_is_loaded() -> None:
    assert working(given(*agreed()).world).get(Order, ORDER).status == "accepted"


def test_versions_go_on_from_those_recorded() -> None:
    uow = working(given(on(ORDER, placed())).world)
    uow.record(ORDER, OrderAccepted(), OrderCancelled(reason="late"))
    assert [step.version for step in uow.steps] == [2, 3]
    assert uow.loaded(ORDER).version == 3


def test_nothing_that_happens_in_a_unit_changes_what_it_was_loaded_from() -> None:
    world = given(on(ORDER, placed())).world
    before = world.load(ORDER)
    working(world).record(ORDER, OrderAccepted())
    assert world.load(ORDER) is before


def test_what_never_began_is_found_as_nothing_and_refused_when_needed() -> None:
    uow = working()
    assert uow.find(Order, ORDER) is None
    with pytest.raises(AggregateNotFound) as refused:
        uow.get(Order, ORDER)
    assert (refused.value.kind, refused.value.key) == ("order", "PO-1")


def test_a_reference_to_another_kind_of_thing_is_a_defect() -> None:
    with pytest.raises(TypeError, match=ORDER):
        working(given(on(ORDER, placed())).world).find(Book, ORDER)


def test_a_step_names_the_policy_it_follows_by_and_the_command_itself_by_none() -> None:
    uow = working()
    uow.record(ORDER, placed())
    uow.policy = "when_something"
    uow.record(ORDER, OrderAccepted())
    uow.policy = ""
    uow.record(ORDER, OrderCancelled(reason="late"))
    assert [step.policy for step in uow.steps] == ["", "when_something", ""]


def test_what_a_clock_says_is_said_in_its_name_at_its_instant_and_nothing_else_is() -> None:
    uow = working()
    due_at = AT - timedelta(days=3)
    with uow.as_clock("inspection", occurred_at=due_at):
        assert (uow.actor, uow.role, uow.occurred_at) == ("clock:inspection", "clock", due_at)
        uow.record(ORDER, placed())
    uow.record(ORDER, OrderAccepted())
    assert (uow.actor, uow.role, uow.occurred_at) == (OPERATOR, "operator", AT)
    assert [step.occurred_at for step in uow.steps] == [due_at, AT]


def test_a_clock_that_is_refused_leaves_the_unit_to_who_spoke() -> None:
    uow = working()
    with pytest.raises(AggregateNotFound), uow.as_clock("inspection", occurred_at=AT):
        uow.get(Order, ORDER)
    assert (uow.actor, uow.role) == (OPERATOR, "operator")


def test_a_step_carries_the_event_and_what_it_happened_to() -> None:
    uow = working()
    uow.record(BOOK, opened())
    assert uow.steps == [Step(BOOK, 1, opened(), "", AT)]
    assert uow.changed == {BOOK: Loaded(folded(BOOK, opened()), 1)}
    assert isinstance(uow.steps[0].event, BookOpened)
