"""Catalogue: the closed list of events, and how each kind of aggregate is folded."""

import re
from collections.abc import Iterator

import pytest

from domain import aggregate
from domain.aggregate import Event, HistoryBroken
from domain.catalogue import AGGREGATES, BY_TOPIC, EVENTS, UPCASTERS, evolve, type_of
from domain.order import OrderAccepted
from tests.given import AT
from tests.golden.examples import EXAMPLES

FIRST = {
    "payout.planned",
    "payout_file.written",
    "book.opened",
    "rulebook.drafted",
    "agreement.signed",
    "order.placed",
    "hold.opened",
    "party.registered",
    "order.taken_over",
    "hold.taken_over",
    "dispute.opened",
    "receivable.recorded",
    "remittance.recorded",
    "bank_account.registered",
    "bank_entry.recorded",
    "bank_match.made",
    "settlement.recorded",
    "rates.recorded",
    "conversion.recorded",
}
ALWAYS_FIRST_POSSIBLE = {
    "release.proposed",
    "refund.proposed",
    "payee.credited",
    "payee.debited",
    "watchlist.changed",
    "guarantee.advanced",
    "commission.accrued",
    "takeover.balances_recorded",
    "clock.started",
    "period.closed",
    "open_item.settled",
    "open_item.written_off",
    "break.raised",
    "exposure.changed",
}


def event_classes(of: type[Event] = Event) -> Iterator[type[Event]]:
    for cls in of.__subclasses__():
        if cls.__module__.startswith("domain."):
            yield cls
        yield from event_classes(cls)


def test_every_event_class_is_in_the_catalogue_once() -> None:
    listed = [event_type.cls for event_type in EVENTS]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(event_classes())


def test_every_topic_stands_once_and_begins_with_the_kind_of_its_aggregate() -> None:
    assert len(BY_TOPIC) == len(EVENTS)
    assert {topic.partition(".")[0] for topic in BY_TOPIC} == set(AGGREGATES)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z_]+", topic) for topic in BY_TOPIC)


def test_every_older_version_has_an_upcaster_and_nothing_else_has() -> None:
    assert set(UPCASTERS) == {
        (event_type.topic, version) for event_type in EVENTS for version in range(1, event_type.schema)
    }


def test_an_event_knows_its_type() -> None:
    assert type_of(OrderAccepted()) is BY_TOPIC["order.accepted"]


@pytest.mark.parametrize("topic", sorted(set(BY_TOPIC) - FIRST - ALWAYS_FIRST_POSSIBLE))
def test_a_history_that_does_not_begin_at_its_beginning_is_broken(topic: str) -> None:
    reference, event = EXAMPLES[topic]
    with pytest.raises(HistoryBroken):
        evolve(None, event, reference, AT)


@pytest.mark.parametrize("topic", sorted(FIRST | ALWAYS_FIRST_POSSIBLE))
def test_a_first_event_begins_an_aggregate_under_its_reference(topic: str) -> None:
    reference, event = EXAMPLES[topic]
    begun = evolve(None, event, reference, AT)
    assert isinstance(begun, aggregate.Aggregate)
    assert begun.reference == reference


def test_a_reference_of_no_known_kind_folds_nothing() -> None:
    with pytest.raises(KeyError):
        evolve(None, OrderAccepted(), "dragon:PO-1", AT)
