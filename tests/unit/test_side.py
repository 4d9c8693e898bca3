"""Side: who is on one speaks for it alone, and who is on neither may speak for both."""

import pytest

from domain import commands
from domain.commands import Command
from domain.side import BUYER, EXPORTER, Side, SideForbidden, check_speaks, other, person_of
from tests.disputes import ESCALATE, accept, claim, offer, submit
from tests.given import given

BUYERS: list[Command] = [
    claim(),
    commands.WithdrawClaim(order="PO-1", claim=1),
    submit(side="buyer"),
    offer("refund", side="buyer"),
    accept(side="buyer"),
    commands.DeclineOffer(order="PO-1", offer=1, side="buyer", reason="too-little"),
    ESCALATE,
    commands.AppealRuling(order="PO-1", claim=1, side="buyer", evidence=1),
    commands.WaiveAppeal(order="PO-1", claim=1, side="buyer"),
    commands.DispatchReturn(order="PO-1", claim=1),
    commands.AcknowledgeReplacement(order="PO-1", claim=1, accepted=True),
    commands.ExtendInspection(order="PO-1", side="buyer"),
    commands.AcceptAmendment(order="PO-1", amendment=1, side="buyer"),
    commands.DeclineAmendment(order="PO-1", amendment=1, side="buyer", reason="too-late"),
]
EXPORTERS: list[Command] = [
    commands.AnswerClaim(order="PO-1", claim=1, stance="contests"),
    submit(side="exporter"),
    offer("refund", side="exporter"),
    accept(side="exporter"),
    commands.DeclineOffer(order="PO-1", offer=1, side="exporter", reason="too-much"),
    commands.EscalateDispute(order="PO-1", side="exporter"),
    commands.AppealRuling(order="PO-1", claim=1, side="exporter", evidence=1),
    commands.WaiveAppeal(order="PO-1", claim=1, side="exporter"),
    commands.AcknowledgeReturn(order="PO-1", claim=1, state="received"),
    commands.DispatchReplacement(order="PO-1", claim=1),
    commands.ExtendInspection(order="PO-1", side="exporter"),
    commands.AcceptAmendment(order="PO-1", amendment=1, side="exporter"),
    commands.DeclineAmendment(order="PO-1", amendment=1, side="exporter", reason="too-late"),
]


def named(command: Command) -> str:
    return type(command).__name__


@pytest.mark.parametrize("command", BUYERS, ids=named)
def test_the_exporter_says_nothing_in_the_buyers_name(command: Command) -> None:
    given().when(command, role="exporter").refused(SideForbidden, role="exporter", side="buyer")


@pytest.mark.parametrize("command", EXPORTERS, ids=named)
def test_the_buyer_says_nothing_in_the_exporters_name(command: Command) -> None:
    given().when(command, role="buyer").refused(SideForbidden, role="buyer", side="exporter")


@pytest.mark.parametrize("role", ["buyer", "operator", "clock", "mediator", "finance"])
def test_a_side_is_spoken_for_by_itself_and_by_who_is_on_neither(role: str) -> None:
    check_speaks(role, BUYER)


@pytest.mark.parametrize(("side", "across"), [(BUYER, EXPORTER), (EXPORTER, BUYER)])
def test_the_other_side_is_across_the_table(side: Side, across: Side) -> None:
    assert other(side) == across


@pytest.mark.parametrize(
    ("actor", "person"), [("mediator:MED-1", "MED-1"), ("MED-1", "MED-1"), ("oidc:mediator:MED-1", "MED-1")]
)
def test_a_person_is_what_an_actor_ends_with(actor: str, person: str) -> None:
    assert person_of(actor) == person
