"""What commands about a payee account are refused for."""

from domain.accounts import AccountUnfit, AccountUnknown
from domain.commands import DeclareUnclaimed, ReclaimUnclaimed, RecordRepayment
from domain.money import MINOR_MAX, AmountOutOfRange
from domain.payee_account import (
    PayeeCredited,
    PayeeDebited,
    PayeeDebtExceeded,
    PayeeExceeded,
    PayeeUnclaimed,
    UnclaimedExceeded,
)
from domain.references import ReferenceMalformed
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import BUYER_PAYEE, EXPORTER_PAYEE, given, on, usd

NOTHING = {"amount": usd(0)}
TOO_MUCH = {"amount": usd(501)}
OUT_OF_RANGE = Attempt(says={"amount": usd(MINOR_MAX + 1)})
PROSE = {"reason": "moved to Goa"}
OF_REASON = {"field": "reason"}
OWING = on(EXPORTER_PAYEE, PayeeDebited(amount_minor=500, source="hold:PO-1", account="payable:exporter"))
REFUNDABLE = on(BUYER_PAYEE, PayeeCredited(amount_minor=500, source="refund:PO-1/1", account="refundable:buyer"))
UNCLAIMED = on(
    BUYER_PAYEE,
    PayeeUnclaimed(amount_minor=500, currency="USD", account="refundable:buyer", reason="account-closed"),
)

PAYEE_MOVES = (
    Refused(
        RecordRepayment(party="EXP-1", amount=usd(500), account="bank:safeguarded:hdfc"),
        given(OWING),
        Cause(AggregateNotFound, gone=EXPORTER_PAYEE),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(AccountUnknown, says={"account": "petty-cash"}),
        Cause(AccountUnfit, says={"account": "bank:operator:main"}),
        Cause(ReferenceMalformed, says={"reference": "no key"}),
        Cause(PayeeDebtExceeded, says=TOO_MUCH),
        together={(2, 6): OUT_OF_RANGE},
        apart={(3, 4): "an account that isn't known is of no kind"},
    ),
    Refused(
        DeclareUnclaimed(party="BUY-1", amount=usd(500), account="refundable:buyer", reason="account-closed"),
        given(REFUNDABLE),
        Cause(AggregateNotFound, gone=BUYER_PAYEE),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(PayeeExceeded, says=TOO_MUCH),
        together={(2, 4): OUT_OF_RANGE},
    ),
    Refused(
        ReclaimUnclaimed(party="BUY-1", amount=usd(500), account="refundable:buyer", reason="turned-up"),
        given(REFUNDABLE, UNCLAIMED),
        Cause(AggregateNotFound, gone=BUYER_PAYEE),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(UnclaimedExceeded, says=TOO_MUCH),
        together={(2, 4): OUT_OF_RANGE},
    ),
)
