"""The treasury of a simulated marketplace: what can't be paid to anybody, and debts that come from another system."""

from api.simulation import odds, world
from api.simulation.cast import Cast
from api.simulation.stage import Stage, Story
from api.simulation.world import BY_CURRENCY, FINANCE
from domain import commands
from domain.money import Money
from domain.payee_account import PayeeAccount, PayeeControl
from domain.references import payee_id

REFUNDABLE: PayeeControl = "refundable:buyer"
UNCLAIMED_FROM, UNCLAIMED_TIMES = 35, 9
"""From which percent of the simulated time on, and how often."""


def set_unclaimed_aside(stage: Stage, cast: Cast) -> Story:
    """Give up, now and then, to pay a buyer a refund; once too much of it, which is refused."""
    for number in range(UNCLAIMED_TIMES):
        yield stage.share(UNCLAIMED_FROM + number * (97 - UNCLAIMED_FROM) // UNCLAIMED_TIMES)
        owed = [payee for payee in _payees(stage, cast) if payee.payable_on(REFUNDABLE)]
        if owed:
            payee = stage.dice.one_of(owed)
            amount_minor = payee.payable_on(REFUNDABLE) + (number == 1)
            declare = commands.DeclareUnclaimed(
                party=payee.party,
                amount=Money(payee.currency, amount_minor),
                account=REFUNDABLE,
                reason="account-closed",
            )
            if not stage.say(declare, FINANCE) and stage.dice.chance(odds.UNCLAIMED_RECLAIMED):
                stage.begin(_reclaim(payee.party, Money(payee.currency, amount_minor), stage))


def collect_old_debt(party: str, amount: Money, stage: Stage) -> Story:
    """Let a party pay back what it owed before; once more than that, which is refused."""
    yield stage.share(4)
    for minor in (amount.minor + 1, amount.minor // 3, amount.minor - amount.minor // 3):
        yield stage.days((1, 3))
        repaid = commands.RecordRepayment(
            party=party, amount=Money(amount.currency, minor), account=world.COLLECTION, reference="old-debt"
        )
        stage.say(repaid, FINANCE)


def _reclaim(party: str, amount: Money, stage: Stage) -> Story:
    yield stage.days((4, 18))
    reclaim = commands.ReclaimUnclaimed(party=party, amount=amount, account=REFUNDABLE, reason="new-account")
    stage.say(reclaim, FINANCE)


def _payees(stage: Stage, cast: Cast) -> list[PayeeAccount]:
    found = (
        stage.find(PayeeAccount, payee_id(party, currency)) for party in cast.registered for currency in BY_CURRENCY
    )
    return [payee for payee in found if payee]
