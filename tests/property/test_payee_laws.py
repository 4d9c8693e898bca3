"""Laws of what parties may be paid and owe, beside their trades: repaid, unclaimed, advanced, written off."""

from typing import get_args

from hypothesis import given as drawn
from hypothesis import strategies
from msgspec.structs import replace

from domain.commands import (
    AdvanceGuarantee,
    ApproveWriteOff,
    Command,
    DeclareUnclaimed,
    ProposeWriteOff,
    ReclaimUnclaimed,
    RecordRepayment,
    RejectWriteOff,
    RepayAdvance,
)
from domain.errors import LedgerError
from domain.guarantee import Guarantee
from domain.hold import HoldChargedBack
from domain.payee_account import PayeeAccount, PayeeControl, PayeeCredited, PayeeDebited
from tests.given import EXPORTER_PAYEE, HOLD, OPERATOR, RULES, SECOND, Happened, World, delivered, on, usd
from tests.property.laws import each

BANK = "bank:safeguarded:hdfc"
CHARGED_MINOR, GUARANTEED_MINOR = 200, 100

Moved = PayeeCredited | PayeeDebited

amounts = strategies.integers(1, 60).map(usd)
parts = strategies.sampled_from(get_args(PayeeControl))
codes = strategies.just("code")
numbers = strategies.integers(1, 4)
sayings: strategies.SearchStrategy[Command] = strategies.one_of(
    strategies.builds(
        RecordRepayment, party=strategies.just("EXP-1"), amount=amounts, owed_on=parts, account=strategies.just(BANK)
    ),
    strategies.builds(DeclareUnclaimed, party=strategies.just("EXP-1"), amount=amounts, account=parts, reason=codes),
    strategies.builds(ReclaimUnclaimed, party=strategies.just("EXP-1"), amount=amounts, account=parts, reason=codes),
    *(
        strategies.builds(about, order=strategies.just("PO-1"), amount=amounts, account=strategies.just(BANK))
        for about in (AdvanceGuarantee, RepayAdvance)
    ),
    strategies.builds(ProposeWriteOff, order=strategies.just("PO-1"), amount=amounts, reason=codes),
    strategies.builds(ApproveWriteOff, order=strategies.just("PO-1"), number=numbers),
    strategies.builds(RejectWriteOff, order=strategies.just("PO-1"), number=numbers, reason=codes),
)
moves = strategies.builds(
    lambda debits, amount_minor, account: (PayeeDebited if debits else PayeeCredited)(
        amount_minor=amount_minor, source="trade", account=account
    ),
    strategies.booleans(),
    strategies.integers(1, 400),
    parts,
)

steps = strategies.tuples(
    strategies.booleans().flatmap(lambda moving: moves if moving else sayings),
    strategies.sampled_from((OPERATOR, SECOND)),
)


def begun() -> World:
    """Return a book in which PO-1 is guaranteed up to 1.00 USD, and EXP-1 owes 2.00 USD for it after a chargeback."""
    world = World()
    charged = HoldChargedBack(
        exporter="EXP-1",
        buyer="BUY-1",
        currency="USD",
        account="clearing:card",
        held_minor=0,
        disputed_minor=0,
        frozen_minor=0,
        exporter_minor=CHARGED_MINOR,
        buyer_minor=0,
    )
    debited = PayeeDebited(amount_minor=CHARGED_MINOR, source=HOLD, account="payable:exporter")
    rules = replace(RULES, guarantee_minor={"USD": GUARANTEED_MINOR})
    for history in (*delivered(rules=rules), on(HOLD, charged), on(EXPORTER_PAYEE, debited)):
        for happened in history:
            world.happen(happened)
    return world


@drawn(strategies.lists(steps, min_size=10, max_size=40))
def test_money_beside_the_trades_is_lost_nowhere(story: list[tuple[Command | Moved, str]]) -> None:
    world = begun()
    moved = dict.fromkeys(get_args(PayeeControl), 0)
    for said, actor in story:
        if isinstance(said, Command):
            attempt(world, said, actor=actor)
        else:
            world.happen(Happened(EXPORTER_PAYEE, said))
            moved[said.account] += said.amount_minor if isinstance(said, PayeeCredited) else -said.amount_minor
        payee_is_proved(world, moved)
        guarantee_is_proved(world)


def attempt(world: World, command: Command, *, actor: str) -> None:
    before = dict(world.aggregates), dict(world.balances)
    try:
        world.say(command, actor=actor)
    except LedgerError:
        assert before == (world.aggregates, dict(world.balances))


def payee_is_proved(world: World, moved: dict[PayeeControl, int]) -> None:
    for payee in each(world, PayeeAccount):
        for part in get_args(PayeeControl):
            on_account_minor = -world.balances[f"{part}:EXP-1", "USD"]
            assert payee.minor_on(part) == on_account_minor + moved[part]
            assert payee.payable_on(part) == 0 or payee.owed_on(part) == 0
        assert min(payee.unclaimed_by_account.values(), default=0) >= 0
        assert sum(payee.unclaimed_by_account.values()) == -world.balances["unclaimed:EXP-1", "USD"]


def guarantee_is_proved(world: World) -> None:
    for guarantee in each(world, Guarantee):
        payee = next(each(world, PayeeAccount))
        assert 0 <= guarantee.pending_minor <= guarantee.outstanding_minor
        assert guarantee.advanced_minor <= GUARANTEED_MINOR
        assert payee.covered_minor == guarantee.outstanding_minor
        advanced_minor, lost_minor = (
            -world.balances["advance:operator", "USD"],
            world.balances["expense:guarantee", "USD"],
        )
        assert (advanced_minor, lost_minor) == (
            guarantee.advanced_minor - guarantee.repaid_minor,
            guarantee.written_off_minor,
        )
        assert advanced_minor - lost_minor == guarantee.outstanding_minor
