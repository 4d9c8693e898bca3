"""Audit trail without a database: which proposals take two people, and who a refused command is said to be of."""

import pytest

from domain import commands
from domain.catalogue import EVENTS, EventType
from ledger.outcomes import OBJECT_CHARACTERS_MAX, Attempt, Submission
from projections.four_eyes import _DECIDED, _PROPOSED

PROPOSERS = {"proposed_by", "drafted_by"}
DECIDERS = {"approved_by", "rejected_by", "returned_by"}


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda event_type: event_type.topic)
def test_no_event_that_names_who_proposed_or_decided_is_left_out_of_four_eyes(event_type: EventType) -> None:
    fields = set(event_type.cls.__struct_fields__)
    assert event_type.cls in _PROPOSED or not fields & PROPOSERS
    assert event_type.cls in _DECIDED or not fields & DECIDERS


def attempt(command: commands.Command) -> Attempt:
    said = Submission(command=command, command_id="c-1", principal="tests", actor="operator:first", role="operator")
    return said.attempt


def test_attempt_names_who_tried_what_about_which_thing() -> None:
    assert attempt(commands.AcceptOrder(order="PO-1")) == (
        "operator:first",
        "operator",
        "AcceptOrder",
        "order:PO-1",
    )
    assert attempt(commands.ApproveRulebook(rulebook="standard/2")).object == "rulebook:standard/2"
    assert attempt(commands.OpenBook(book="main", identity="0", log_origin="x")).object == ""


@pytest.mark.parametrize("order", ["PO-1\0", "PO-\ud800", "PO-é", "PO-1\n"])
def test_attempt_keeps_no_name_that_the_database_would_refuse(order: str) -> None:
    assert attempt(commands.AcceptOrder(order=order)).object == ""


def test_attempt_keeps_a_bounded_part_of_a_name() -> None:
    assert len(attempt(commands.AcceptOrder(order="9" * 100_000)).object) == OBJECT_CHARACTERS_MAX
