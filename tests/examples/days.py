"""The book of the pages about three people's days: what waits for them on a morning in November."""

from datetime import UTC, datetime

from tests.examples.disputes import photograph
from tests.examples.setting import set_the_scene
from tests.examples.telling import FINANCE, Teller, mediator, usd
from tests.examples.trades import BUYER, EXPORTER, LARGE_MINOR, close_the_month, delivered, ordered, paid

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
MEDIATOR = mediator("MED-1")


def tell(teller: Teller) -> None:
    """Tell what happened until then."""
    set_the_scene(teller)
    delivered(teller, "PO-1001", 30_000)
    teller.say("confirm", by=BUYER, order="PO-1001")
    teller.wait(days=28)
    close_the_month(teller)
    delivered(teller, "PO-1002", LARGE_MINOR)
    teller.say("confirm", by=BUYER, order="PO-1002")
    teller.say("place", ordered("PO-1003", 40_000))
    teller.say("accept", by=EXPORTER, order="PO-1003")
    teller.say("pay", paid(40_000), by=FINANCE, order="PO-1003")
    teller.say("freeze", {"amount": usd(10_000), "reason": "bank-warned"}, by=FINANCE, order="PO-1003")
    _quarrel(teller)
    teller.still.now = MORNING
    teller.sign()


def _quarrel(teller: Teller) -> None:
    order = "PO-2001"
    delivered(teller, order, 30_000)
    claims = [{"kind": "quality", "line": 1, "quantity": 2, "comment": "Torn seams."}]
    teller.say("dispute-open", {"claims": claims}, by=BUYER, order=order)
    answer = {"claim": 1, "stance": "contests", "comment": "They left us whole."}
    teller.say("dispute-answer", answer, by=EXPORTER, order=order, dispute=1)
    photograph(teller, order, b"a photograph of a torn seam")
    teller.wait(days=4)
    teller.say("dispute-escalate", {"side": "buyer"}, by=BUYER, order=order, dispute=1)
    teller.say("dispute-assign-mediator", {"mediator": "MED-1"}, order=order, dispute=1)
    teller.say("dispute-declare-conflict", {"conflict": False}, by=MEDIATOR, order=order, dispute=1)
