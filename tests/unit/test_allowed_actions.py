"""Allowed actions against the domain: what is accepted was listed, what is listed is accepted, until its deadline."""

from datetime import timedelta

import pytest

from api.allowed.awaiting import AWAITED
from api.allowed.operations import operations
from api.allowed.rehearsing import Voice, would_accept
from api.identity.permissions import PERMISSIONS
from domain import commands
from domain.commands import Command
from domain.deadlines import DEADLINES
from domain.dispute_refusals import (
    ClaimNotInState,
    EvidenceOutsideSet,
    MediatorDecidedBefore,
    MediatorIsParty,
    MediatorWasRecused,
)
from domain.errors import LedgerError
from domain.guarantee import AdvanceExceeded, GuaranteeExceeded, RecoveryCovered
from domain.party_refusals import LegalHoldAlreadyPlaced, PartyMalformed
from domain.payee_account import CoverNeeded, PayeeDebtExceeded
from domain.receivable_refusals import ReceivableExceeded
from tests.all_causes import REFUSED
from tests.allowances import BEGINNINGS, allowed, is_listed, is_open
from tests.causes.cause import Attempt, Refused
from tests.given import World

ARGUED: dict[type[Command], set[type[LedgerError]]] = {
    commands.AssignMediator: {MediatorIsParty, MediatorWasRecused, MediatorDecidedBefore},
    commands.ProposeDecision: {EvidenceOutsideSet, MediatorDecidedBefore, ClaimNotInState},
    commands.AdvanceGuarantee: {GuaranteeExceeded, RecoveryCovered, PayeeDebtExceeded},
    commands.RepayAdvance: {AdvanceExceeded, CoverNeeded},
    commands.ProposeWriteOff: {AdvanceExceeded, PayeeDebtExceeded},
    commands.ChangeProfile: {PartyMalformed},
    commands.AllocateRemittance: {ReceivableExceeded},
    commands.PlaceLegalHold: {LegalHoldAlreadyPlaced},
}
"""Refusals of what a command says, where the book differs and the command doesn't: something else might be said."""

INSTANT = timedelta(microseconds=1)
SAYABLE = [refused for command, refused in REFUSED.items() if command in operations() and command not in BEGINNINGS]


def test_every_public_command_is_an_operation_that_is_in_the_table_of_permissions() -> None:
    unsaid = {
        *(commands.OpenBook, commands.ReopenLog, commands.SealPeriod),
        *(commands.RecordBankStatement, commands.RecordBankEntries, commands.RaiseBreaks, commands.ResolveBreak),
        commands.RecordSettlement,
    }
    public = set(commands.PublicCommand.__args__)
    assert public - set(operations()) == unsaid
    assert {operation.name for operation in operations().values()} <= set(PERMISSIONS)


def test_every_clock_that_only_reminds_names_what_it_waits_for() -> None:
    reminding = {kind for kind, deadline in DEADLINES.items() if deadline.effect == "reminds"}
    assert set(AWAITED) == reminding | {"evidence"}


@pytest.mark.parametrize("refused", SAYABLE, ids=lambda refused: type(refused.command).__name__)
def test_what_is_accepted_was_listed_before(refused: Refused) -> None:
    found = refused.found_by(Attempt())
    assert is_open(refused.command, found.role)
    listed = allowed(found.world, refused.command, actor=found.actor, role=found.role, at=found.at)
    assert is_listed(refused.command, listed), [each.operation.name for each in listed]


@pytest.mark.parametrize("refused", SAYABLE, ids=lambda refused: type(refused.command).__name__)
def test_what_is_refused_for_the_state_was_not_listed_before(refused: Refused) -> None:
    for cause in refused.causes:
        if cause.says or cause.unreached or cause.refusal in ARGUED.get(type(refused.command), ()):
            continue
        found = refused.found_by(cause)
        if is_open(refused.command, found.role):
            listed = allowed(found.world, refused.command, actor=found.actor, role=found.role, at=found.at)
            assert not is_listed(refused.command, listed), (cause.refusal, [each.saying for each in listed])


@pytest.mark.parametrize("refused", SAYABLE, ids=lambda refused: type(refused.command).__name__)
def test_what_is_listed_is_accepted_whole_and_up_to_its_deadline(refused: Refused) -> None:
    found = refused.found_by(Attempt())
    voice = Voice(found.actor, found.role, found.at, "main")
    for each in allowed(found.world, refused.command, actor=found.actor, role=found.role, at=found.at):
        scratch = World()
        scratch.aggregates.update(found.world.aggregates)
        scratch.say(each.saying.command, actor=found.actor, role=found.role, at=found.at)
        if each.by and each.by.at > found.at:
            assert would_accept(each.saying.command, found.world.load, voice._replace(at=each.by.at - INSTANT))
            after = would_accept(each.saying.command, found.world.load, voice._replace(at=each.by.at))
            assert after == (DEADLINES[each.by.clock].effect == "reminds" or each.by.clock == "evidence")
