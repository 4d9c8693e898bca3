"""A payment provider in the story: its settlement file, taken in twice, and what a line of it is."""

from typing import Any

from tests.examples.telling import FINANCE, SECOND_FINANCE, Teller, usd
from tests.provider_files import Paid, stripe

PROVIDER, PAYOUT = "stripe", "po_1"


def settle(teller: Teller) -> None:
    """Say what a finance person says when the provider's file comes."""
    today = teller.still.now.date()
    credit = Paid("", 2_500, kind="adjustment", payment="adj_1", day=today)
    content = stripe([credit, Paid("", -300, kind="fee", payment="fee_1", day=today)], on=today)
    mapping = {"mapping": "stripe-balance"}
    teller.ask("settlement-import", by=FINANCE, query=mapping, body=content, about="What it pays out, line by line")
    teller.ask("settlement-import", by=FINANCE, query=mapping, body=content, about="The same file: nothing is new")
    where: dict[str, Any] = {"provider": PROVIDER, "settlement": PAYOUT}
    part = {"line": 1, "account": "expense:payment-fees", "amount": usd(2_500)}
    said = {"parts": [part], "reason": "a credit for an outage"}
    teller.say("settlement-clear", said, by=FINANCE, **where, about="A line that is no buyer's money")
    undone = {"lines": [1], "reason": "wrong-account"}
    teller.say("settlement-reopen", undone, by=SECOND_FINANCE, **where, about="The line is open again")
    teller.ask("settlements")
    teller.ask("settlement", by=FINANCE, **where, about="With what may be said of it next")
    teller.ask("settlement-lines", query={"open": True}, **where, about="Those that nobody explained yet")
