"""The trades of the story: from the order to the release, amended, cancelled, frozen, refunded, guaranteed."""

from typing import Any

from tests.examples.setting import RULEBOOK
from tests.examples.telling import FINANCE, SECOND_FINANCE, Teller, mediator, party, usd

BUYER, EXPORTER = party("BUY-1", "buyer"), party("EXP-1", "exporter")
CARD, BANK = "clearing:card", "bank:safeguarded:hdfc"
LARGE_MINOR = 2_000_000
"""Above the threshold of four eyes."""


def ordered(order: str, minor: int, **other: Any) -> dict[str, Any]:
    """Return the body of an order of linen by sea, paid on acceptance."""
    line = {"number": 1, "sku": "LINEN-180", "quantity": 10, "amount": usd(minor)}
    return {
        "order": order,
        "buyer": "BUY-1",
        "exporter": "EXP-1",
        "currency": "USD",
        "lines": [line],
        "transport_mode": "sea",
        "ship_by": "2026-12-01",
        "rulebook": RULEBOOK,
    } | other


def paid(minor: int, **other: Any) -> dict[str, Any]:
    """Return the body of a payment by card."""
    return {"amount": usd(minor), "account": CARD} | other


def delivered(teller: Teller, order: str, minor: int, **other: Any) -> None:
    """Play a trade up to its delivery."""
    said = ordered(order, minor, **other)
    exporter = party(said["exporter"], "exporter")
    teller.say("place", said)
    teller.say("accept", order=order, by=exporter)
    teller.say("pay", paid(minor), order=order, by=FINANCE)
    teller.say("dispatch", order=order, by=exporter)
    teller.say("deliver", order=order)


def trade(teller: Teller) -> None:
    """Play every trade that nobody disputes."""
    _simple(teller)
    _released_by_two(teller)
    _refunded_by_two(teller)
    _called_off(teller)
    _frozen(teller)
    _guaranteed(teller)
    _inspected_late(teller)


def _simple(teller: Teller) -> None:
    steps = [
        {"name": "deposit", "amount": usd(10_000), "trigger": "acceptance"},
        {"name": "balance", "amount": usd(20_000), "trigger": "dispatch"},
    ]
    order = "PO-1001"
    teller.say("place", ordered(order, 30_000, steps=steps), about="300.00 USD: a deposit, the balance on dispatch")
    teller.say("accept", by=EXPORTER, order=order, about="The exporter takes it on")
    teller.say("pay", paid(10_000), by=FINANCE, order=order, about="The deposit came by card")
    later = {"side": "exporter", "change": {"ship_by": "2026-12-15"}}
    teller.say("amend", later, by=EXPORTER, order=order, about="Two weeks later, asks the exporter")
    teller.say("amendment-accept", {"side": "buyer"}, by=BUYER, order=order, amendment=1, about="The buyer agrees")
    cheaper = {"lines": [{"line": 1, "quantity": 10, "amount": usd(25_000)}]}
    teller.say("amend", {"side": "buyer", "change": cheaper}, by=BUYER, order=order)
    declined = {"side": "exporter", "reason": "price-agreed"}
    teller.say("amendment-decline", declined, by=EXPORTER, order=order, amendment=2, about="Not at that price")
    first = {"lines": [{"line": 1, "quantity": 4}]}
    teller.say("dispatch", first, by=EXPORTER, order=order, about="Four of ten pieces")
    teller.say("dispatch", by=EXPORTER, order=order)
    teller.say("pay", paid(20_000, step=2), by=FINANCE, order=order)
    teller.say("deliver", {"dispatch": 1}, order=order, about="The carrier handed the first one over")
    teller.say("deliver", {"dispatch": 2}, order=order)
    longer = {"side": "exporter", "days": 5}
    teller.say("extend-inspection", longer, by=EXPORTER, order=order, about="Five more days to inspect")
    teller.say("confirm", by=BUYER, order=order, about="The buyer accepts the goods; the exporter is paid")


def _released_by_two(teller: Teller) -> None:
    order = "PO-1002"
    delivered(teller, order, LARGE_MINOR)
    teller.say("confirm", by=BUYER, order=order)
    rejected = {"number": 1, "reason": "check-invoice"}
    teller.say("reject-release", rejected, by=SECOND_FINANCE, order=order, about="Not yet")
    asked = {"amount": usd(LARGE_MINOR)}
    teller.say("propose-release", asked, by=FINANCE, order=order, about="All of it, again")
    teller.say("approve-release", {"number": 2}, by=SECOND_FINANCE, order=order, about="A second person agrees")


def _refunded_by_two(teller: Teller) -> None:
    order, half = "PO-1003", usd(LARGE_MINOR // 2)
    teller.say("place", ordered(order, LARGE_MINOR))
    teller.say("accept", by=EXPORTER, order=order)
    teller.say("pay", paid(LARGE_MINOR), by=FINANCE, order=order)
    refund = {"amount": half, "reason": "fewer-needed"}
    teller.say("propose-refund", refund, by=FINANCE, order=order, about="Half of it back to the buyer")
    rejected = {"number": 1, "reason": "ask-exporter"}
    teller.say("reject-refund", rejected, by=SECOND_FINANCE, order=order, about="Not before the exporter agrees")
    teller.say("propose-refund", refund, by=FINANCE, order=order)
    teller.say("approve-refund", {"number": 2}, by=SECOND_FINANCE, order=order, about="A second person agrees")


def _called_off(teller: Teller) -> None:
    order = "PO-1004"
    teller.say("place", ordered(order, 30_000))
    teller.say("accept", by=EXPORTER, order=order)
    teller.say("pay", paid(30_000), by=FINANCE, order=order)
    teller.say("cancel", {"reason": "not-wanted"}, order=order, about="What is held goes back to the buyer")
    refused = "hold.closed"
    teller.say("close-hold", by=FINANCE, order=order, refused=refused, about="It closed when the last money left it")


def _frozen(teller: Teller) -> None:
    order = "PO-1005"
    teller.say("place", ordered(order, 40_000))
    teller.say("accept", by=EXPORTER, order=order)
    teller.say("pay", paid(40_000), by=FINANCE, order=order)
    warned = {"amount": usd(10_000), "reason": "bank-warned"}
    teller.say("freeze", warned, by=FINANCE, order=order, about="The card's bank has warned")
    cleared = {"amount": usd(10_000), "reason": "bank-cleared"}
    teller.say("unfreeze", cleared, by=FINANCE, order=order, about="It was nothing")
    teller.say("charge-back", paid(5_000), by=FINANCE, order=order, about="The bank took 50.00 USD back")


def _guaranteed(teller: Teller) -> None:
    order, debt = "PO-1006", 400_000
    delivered(teller, order, 300_000, buyer="BUY-2", exporter="EXP-2")
    teller.say("confirm", by=party("BUY-2", "buyer"), order=order)
    teller.say("charge-back", paid(debt), by=FINANCE, order=order)
    put_in = {"amount": usd(100_000), "account": BANK}
    teller.say("advance", put_in, by=FINANCE, order=order, about="The operator's money in the exporter's stead")
    given_up = {"amount": usd(20_000), "reason": "insolvent"}
    teller.say("propose-write-off", given_up, by=FINANCE, order=order, about="A part is given up")
    rejected = {"number": 1, "reason": "still-trading"}
    teller.say("reject-write-off", rejected, by=SECOND_FINANCE, order=order, about="They still trade")
    teller.say("propose-write-off", given_up, by=FINANCE, order=order)
    teller.say("approve-write-off", {"number": 2}, by=SECOND_FINANCE, order=order, about="A second person agrees")
    back = {"amount": usd(88_850), "account": BANK, "reference": "UTR-1"}
    teller.say("payee-repay", back, by=FINANCE, party="EXP-2", about="The exporter paid back what it owed")
    out = {"amount": usd(80_000), "account": BANK}
    teller.say("repay-advance", out, by=FINANCE, order=order, about="The operator takes its money out again")


def _inspected_late(teller: Teller) -> None:
    for order in ("PO-1007", "PO-1008"):
        delivered(teller, order, 30_000, transport_mode="express")
    clock = {"clock": "inspection", "reason": "customs"}
    teller.say("clock-pause", clock, by=mediator("MED-1"), order="PO-1008", about="Goods wait at customs")
    teller.wait(days=2)
    teller.say("clock-resume", clock, by=mediator("MED-1"), order="PO-1008", about="They are through")
    teller.wait(days=18)
    teller.say("lapse-inspection", order="PO-1007", about="The buyer was silent to the end of the inspection")
    teller.say("clock-expire", order="PO-1008", about="Every clock that is due passes")


def close_the_month(teller: Teller) -> None:
    """Close October, reopen it by two people, and close it again."""
    month = "2026-10"
    teller.say("period-close", by=FINANCE, period=month, about="Checked, closed and sealed")
    reason = {"reason": "payment-missing"}
    teller.say("propose-reopening", reason, by=FINANCE, period=month, about="A payment is missing")
    rejected = {"number": 1, "reason": "found-it"}
    teller.say("reject-reopening", rejected, by=SECOND_FINANCE, period=month, about="It isn't")
    teller.say("propose-reopening", reason, by=FINANCE, period=month)
    teller.say("approve-reopening", {"number": 2}, by=SECOND_FINANCE, period=month, about="A second person agrees")
    teller.say("period-close", by=FINANCE, period=month)
