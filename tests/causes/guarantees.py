"""What commands about an order's guarantee are refused for."""

from msgspec.structs import replace

from domain.accounts import AccountUnfit, AccountUnknown
from domain.commands import (
    AdvanceGuarantee,
    ApproveWriteOff,
    ProposeWriteOff,
    RecordRepayment,
    RejectWriteOff,
    RepayAdvance,
)
from domain.guarantee import (
    AdvanceExceeded,
    GuaranteeAdvanced,
    GuaranteeExceeded,
    GuaranteeRepaid,
    RecoveryCovered,
)
from domain.hold import CurrencyDiffers
from domain.money import AmountOutOfRange, Money
from domain.payee_account import CoverNeeded, PayeeCredited, PayeeDebited, PayeeDebtExceeded
from domain.proposal import ApproverIsProposer, ProposalNotFound
from domain.references import ReferenceMalformed
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.disputes import charge_back
from tests.given import EXPORTER_PAYEE, HOLD, OPERATOR, RULES, SECOND, Given, Happened, agreed, given, on, usd

GUARANTEE = "guarantee:PO-1"
BANK = "bank:safeguarded:hdfc"
EUR = {"amount": Money("EUR", 1)}
NOTHING = {"amount": usd(0)}
EUR_NOTHING = Attempt(says={"amount": Money("EUR", 0)})
UNKNOWN, UNFIT = {"account": "petty-cash"}, {"account": "bank:operator:main"}
NO_KIND = "an account that isn't known is of no kind"
PROSE = {"reason": "gone for good"}
OF_REASON = {"field": "reason"}
ANOTHER = {"number": 2}
NO_HOLD, NO_GUARANTEE = {"kind": "hold"}, {"kind": "guarantee"}
PAID_BACK = RecordRepayment(party="EXP-1", amount=usd(3_000), account=BANK)
PROPOSE = ProposeWriteOff(order="PO-1", amount=usd(1_000), reason="insolvent")


def owing() -> Given:
    """Return a book in which EXP-1 owes 35.00 USD for PO-1, and up to 40.00 is guaranteed."""
    rules = replace(RULES, guarantee_minor={"USD": 4_000})
    return given(*agreed(rules=rules)).said(charge_back(3_500))


def advanced() -> Given:
    """Return that book once the operator has put in all that EXP-1 owes."""
    return owing().said(AdvanceGuarantee(order="PO-1", amount=usd(3_500), account=BANK))


def advance(amount_minor: int) -> tuple[Happened, ...]:
    """Return how money was put in."""
    event = GuaranteeAdvanced(exporter="EXP-1", currency="USD", amount_minor=amount_minor, account=BANK)
    return on(GUARANTEE, event)


def repay(amount_minor: int) -> tuple[Happened, ...]:
    """Return how money was taken out again."""
    return on(GUARANTEE, GuaranteeRepaid(exporter="EXP-1", currency="USD", amount_minor=amount_minor, account=BANK))


EARNED = on(EXPORTER_PAYEE, PayeeCredited(amount_minor=3_000, source="release:PO-2/1", account="payable:exporter"))
"""Of what EXP-1 owed, 5.00 is left."""
OWED_ANEW = on(EXPORTER_PAYEE, PayeeDebited(amount_minor=3_000, source="refund:PO-2/1", account="payable:exporter"))

GUARANTEES = (
    Refused(
        AdvanceGuarantee(order="PO-1", amount=usd(1_000), account=BANK),
        owing(),
        Cause(AggregateNotFound, gone=HOLD),
        Cause(CurrencyDiffers, says=EUR),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(AccountUnknown, says=UNKNOWN),
        Cause(AccountUnfit, says=UNFIT),
        Cause(GuaranteeExceeded, after=(*advance(3_500), *repay(3_500))),
        Cause(RecoveryCovered, after=advance(3_000)),
        Cause(PayeeDebtExceeded, after=EARNED),
        together={(2, 3): EUR_NOTHING},
        apart={(4, 5): NO_KIND},
    ),
    Refused(
        RepayAdvance(order="PO-1", amount=usd(1_000), account=BANK),
        advanced().said(PAID_BACK),
        Cause(AggregateNotFound, gone=HOLD, naming=NO_HOLD),
        Cause(CurrencyDiffers, says=EUR),
        Cause(AggregateNotFound, gone=GUARANTEE, naming=NO_GUARANTEE),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(AccountUnknown, says=UNKNOWN),
        Cause(AccountUnfit, says=UNFIT),
        Cause(AdvanceExceeded, after=repay(3_000)),
        Cause(CoverNeeded, after=OWED_ANEW),
        together={(1, 3): Attempt(story=given()), (2, 4): EUR_NOTHING},
        apart={(5, 6): NO_KIND},
    ),
    Refused(
        PROPOSE,
        advanced(),
        Cause(AggregateNotFound, gone=HOLD, naming=NO_HOLD),
        Cause(CurrencyDiffers, says=EUR),
        Cause(AggregateNotFound, gone=GUARANTEE, naming=NO_GUARANTEE),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(AdvanceExceeded, after=repay(3_000)),
        Cause(PayeeDebtExceeded, after=EARNED),
        together={(1, 3): Attempt(story=given()), (2, 4): EUR_NOTHING},
    ),
    Refused(
        ApproveWriteOff(order="PO-1", number=1),
        advanced().said(PROPOSE),
        Cause(AggregateNotFound, gone=HOLD, naming=NO_HOLD),
        Cause(AggregateNotFound, gone=GUARANTEE, naming=NO_GUARANTEE),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ApproverIsProposer, actor=OPERATOR),
        Cause(PayeeDebtExceeded, after=EARNED),
        actor=SECOND,
        together={(1, 2): Attempt(story=given())},
    ),
    Refused(
        RejectWriteOff(order="PO-1", number=1, reason="still-trading"),
        advanced().said(PROPOSE),
        Cause(AggregateNotFound, gone=GUARANTEE),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ApproverIsProposer, actor=OPERATOR),
        actor=SECOND,
    ),
)
