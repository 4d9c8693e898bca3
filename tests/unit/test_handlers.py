"""Handlers: every command has one, what follows is decided with it, and a refusal of what follows refuses the whole."""

import pytest

from domain import commands
from domain.commands import (
    ApproveRelease,
    Command,
    ConfirmReceipt,
    PlaceOrder,
    PublicCommand,
    RecordPayment,
)
from domain.handlers import HANDLERS, decide
from domain.hold import HoldExceeded
from domain.unit_of_work import UnitOfWork
from tests.given import AT, FOUR_EYES, HOLD, SECOND, delivered, frozen, given, line, on, terms, usd


def test_every_command_has_a_handler_and_nothing_else_has() -> None:
    concrete = {
        cls
        for cls in vars(commands).values()
        if isinstance(cls, type) and issubclass(cls, Command) and not cls.__subclasses__()
    }
    assert set(HANDLERS) == concrete


def test_a_refusal_of_what_follows_leaves_no_trace_of_what_it_followed() -> None:
    before = given(*delivered(rules=FOUR_EYES)).said(ConfirmReceipt(order="PO-1"))
    world = before.world
    for happened in on(HOLD, frozen(1)):
        world.happen(happened)
    uow = UnitOfWork(world.load, actor=SECOND, occurred_at=AT)
    approve = ApproveRelease(order="PO-1", number=1)
    with pytest.raises(HoldExceeded):
        decide(approve, uow)
    assert [type(step.event).__name__ for step in uow.steps] == ["ReleaseApproved"], "it was on its way"
    before.when(approve, actor=SECOND).refused(HoldExceeded)


def test_a_command_about_an_order_says_what_it_will_read() -> None:
    paying = RecordPayment(order="PO-1", amount=usd(1), account="clearing:card")
    assert paying.subjects() == (
        "order:PO-1",
        "hold:PO-1",
        "release:PO-1",
        "refund:PO-1",
        "clock:PO-1",
        "dispute:PO-1/1",
    )


def test_a_command_about_a_later_dispute_reads_that_one_too() -> None:
    withdrawing = commands.WithdrawClaim(order="PO-1", dispute=2, claim=1)
    assert withdrawing.subjects()[-2:] == ("dispute:PO-1/1", "dispute:PO-1/2")


def test_placing_an_order_reads_the_order_the_rulebook_and_both_sides() -> None:
    placing = PlaceOrder(
        order="PO-1",
        buyer="BUY-1",
        exporter="EXP-1",
        currency="USD",
        lines=(line(),),
        transport_mode="sea",
        ship_by=terms().ship_by,
        rulebook="standard/7",
    )
    assert placing.subjects() == ("order:PO-1", "rulebook:standard/7", "party:BUY-1", "party:EXP-1")


def test_a_command_about_nothing_in_particular_reads_nothing_in_advance() -> None:
    assert commands.ClosePeriod(period="2026-10").subjects() == ()


@pytest.mark.parametrize("command", PublicCommand.__args__)
def test_every_command_of_the_public_language_is_a_command(command: type[Command]) -> None:
    assert issubclass(command, Command)
    assert command.__struct_config__.tag == command.__name__
