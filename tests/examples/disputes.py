"""The disputes of the story: settled between the sides, decided, appealed, and decided by two."""

from typing import Any

from tests.examples.telling import OPERATOR, Teller, mediator, usd
from tests.examples.trades import BUYER, EXPORTER, LARGE_MINOR, delivered

FIRST, SECOND, THIRD = mediator("MED-1"), mediator("MED-2"), mediator("MED-3")
PHOTO = b"a photograph of a torn seam"


def quarrel(teller: Teller) -> None:
    """Play every dispute."""
    _decided_and_appealed(teller)
    _replaced(teller)
    _returned(teller)
    _decided_by_two(teller)


def photograph(
    teller: Teller, order: str, content: bytes, *, claim: int = 1, request: int = 0, about: str = ""
) -> None:
    """Hand in a document of the buyer's."""
    teller.wait(minutes=1)
    query: dict[str, Any] = {"claim": claim, "side": "buyer", "name": "seam.jpg", "request": request}
    headers = {"Idempotency-Key": f"evidence-{len(teller.told) + 1}", "Content-Type": "image/jpeg"}
    teller.ask(
        "dispute-evidence", by=BUYER, about=about, query=query, headers=headers, body=content, order=order, dispute=1
    )


def _mediated(teller: Teller, order: str, key: str) -> None:
    teller.say("dispute-assign-mediator", {"mediator": key}, order=order, dispute=1, about="A mediator takes it")
    free = {"conflict": False}
    teller.say(
        "dispute-declare-conflict", free, by=mediator(key), order=order, dispute=1, about="Nothing ties them to a party"
    )


def _ruling(remedy: str, minor: int | None, *evidence: int, claim: int = 1) -> dict[str, Any]:
    findings = [{"text": "Two bales are torn.", "evidence": list(evidence)}]
    amount = {} if minor is None else {"amount": usd(minor)}
    return {"claim": claim, "remedy": remedy, "reason": "defects-shown", "findings": findings} | amount


def _decided_and_appealed(teller: Teller) -> None:
    order = "PO-2001"
    delivered(teller, order, 30_000)
    claims = [
        {"kind": "quality", "line": 1, "quantity": 2, "comment": "Torn seams."},
        {"kind": "other", "amount": usd(9_000)},
    ]
    about: dict[str, Any] = {"order": order, "dispute": 1}
    teller.say("dispute-open", {"claims": claims}, by=BUYER, order=order, about="Two torn pieces, and something else")
    contested = {"claim": 1, "stance": "contests", "comment": "They left us whole."}
    teller.say("dispute-answer", contested, by=EXPORTER, **about)
    photograph(teller, order, PHOTO, about="A photograph")
    teller.say("dispute-message", {"text": "Please look at the picture."}, by=BUYER, **about)
    some = {"claim": 1, "side": "exporter", "remedy": "partial-refund", "amount": usd(2_000)}
    teller.say("dispute-offer", some, by=EXPORTER, **about)
    little = {"offer": 1, "side": "buyer", "reason": "too-little"}
    teller.say("dispute-decline-offer", little, by=BUYER, **about)
    teller.say("dispute-withdraw", {"claim": 2}, by=BUYER, **about)
    teller.wait(days=4)
    teller.say("dispute-escalate", {"side": "buyer"}, by=BUYER, **about)
    teller.say("dispute-assign-mediator", {"mediator": "MED-1"}, **about)
    teller.say("dispute-recuse-mediator", {"reason": "knows-the-buyer"}, by=OPERATOR, **about)
    _mediated(teller, order, "MED-2")
    asked = {"claim": 1, "of": "buyer", "what": "packing-list"}
    teller.say("dispute-request-evidence", asked, by=SECOND, **about)
    photograph(teller, order, b"the packing list", request=1)
    _preview_and_decide(teller, order)
    photograph(teller, order, b"a report of an inspector")
    appeal = {"claim": 1, "side": "buyer", "evidence": 3}
    teller.say("dispute-appeal", appeal, by=BUYER, **about)
    _mediated(teller, order, "MED-3")
    decided = {"rulings": [_ruling("partial-refund", 5_000, 3)]}
    teller.say("dispute-propose-decision", decided, by=THIRD, **about)


def _preview_and_decide(teller: Teller, order: str) -> None:
    remedies = [{"kind": "refund"}, {"kind": "partial-refund", "amount": usd(3_000)}, {"kind": "none"}]
    compared = {"remedies": {"order": order, "claim": 1, "remedies": remedies, "mediator": "MED-2"}}
    view = teller.ask("preview", by=SECOND, body=compared, about="Three decisions side by side")
    teller.say("preview-execute", by=SECOND, preview=view["preview"], candidate=2)


def _replaced(teller: Teller) -> None:
    order = "PO-2002"
    delivered(teller, order, 30_000)
    about: dict[str, Any] = {"order": order, "dispute": 1}
    teller.say("dispute-open", {"claims": [{"kind": "damaged", "line": 1, "quantity": 3}]}, by=BUYER, order=order)
    new = {"claim": 1, "side": "exporter", "remedy": "replacement"}
    teller.say("dispute-offer", new, by=EXPORTER, **about)
    teller.say("dispute-accept-offer", {"offer": 1, "side": "buyer"}, by=BUYER, **about)
    teller.say("dispute-dispatch-replacement", {"claim": 1}, by=EXPORTER, **about)
    teller.say("dispute-acknowledge-replacement", {"claim": 1, "accepted": True}, by=BUYER, **about)


def _returned(teller: Teller) -> None:
    order = "PO-2003"
    delivered(teller, order, 30_000)
    about: dict[str, Any] = {"order": order, "dispute": 1}
    teller.say("dispute-open", {"claims": [{"kind": "not-as-described", "line": 1}]}, by=BUYER, order=order)
    teller.wait(days=4)
    teller.say("dispute-escalate", {"side": "buyer"}, by=BUYER, **about)
    _mediated(teller, order, "MED-1")
    decided = {"rulings": [_ruling("return-and-refund", None)]}
    teller.say("dispute-propose-decision", decided, by=FIRST, **about, about="Send it back, and all is refunded")
    for side, who in (("buyer", BUYER), ("exporter", EXPORTER)):
        teller.say("dispute-waive-appeal", {"claim": 1, "side": side}, by=who, **about)
    teller.say("dispute-dispatch-return", {"claim": 1}, by=BUYER, **about)
    teller.say("dispute-acknowledge-return", {"claim": 1, "state": "received"}, by=EXPORTER, **about)


def _decided_by_two(teller: Teller) -> None:
    order = "PO-2004"
    delivered(teller, order, LARGE_MINOR)
    about: dict[str, Any] = {"order": order, "dispute": 1}
    teller.say("dispute-open", {"claims": [{"kind": "quality", "line": 1}]}, by=BUYER, order=order)
    teller.wait(days=4)
    teller.say("dispute-escalate", {"side": "buyer"}, by=BUYER, **about)
    _mediated(teller, order, "MED-1")
    decided = {"rulings": [_ruling("partial-refund", 1_200_000)]}
    teller.say("dispute-propose-decision", decided, by=FIRST, **about)
    returned = {"decision": 1, "reason": "say-why"}
    teller.say("dispute-return-decision", returned, by=SECOND, **about, about="A second mediator sends it back")
    teller.say("dispute-propose-decision", decided, by=FIRST, **about)
    teller.say("dispute-approve-decision", {"decision": 2}, by=SECOND, **about, about="A second mediator agrees")
