"""What commands about a dispute's money are refused for."""

from domain.commands import SettleClaims
from domain.dispute_refusals import ClaimNotFound, DisputeIsSettled
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Cause, Refused
from tests.disputes import DISPUTE, SETTLED, disputed
from tests.given import given

CLAIM_MONEY = (
    Refused(
        SettleClaims(order="PO-1", claims=(1,)),
        given(*disputed(2_000, 2_000)),
        Cause(AggregateNotFound, gone=DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(ClaimNotFound, says={"claims": (1, 3)}),
    ),
)
