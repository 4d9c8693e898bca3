"""What is asked once all has happened: of every resource, once."""

import hashlib
from typing import Any

from tests.examples.banking import ask_about_bank
from tests.examples.disputes import PHOTO
from tests.examples.exchange import ask_about_exchange
from tests.examples.telling import FINANCE, OPERATOR, Teller, mediator, party
from tests.examples.treasury import ask_about_treasury

ORDER, DISPUTED = "PO-1001", "PO-2001"


def ask_about_all(teller: Teller) -> None:
    """Ask every question, as those who ask it every day."""
    _machines(teller)
    _trades(teller)
    _money(teller)
    ask_about_exchange(teller)
    ask_about_bank(teller)
    ask_about_treasury(teller)
    _disputes(teller)
    _book(teller)
    _log(teller)


def _machines(teller: Teller) -> None:
    teller.ask("health", by=None, about="The process answers")
    teller.ask("ready", by=None, about="The read side has caught up")


def _trades(teller: Teller) -> None:
    teller.ask("orders", query={"buyer": "BUY-1", "limit": 2}, about="A buyer's orders, two at a time")
    teller.ask("order", order=ORDER)
    teller.ask("timeline", order=ORDER, about="All that happened, with the money that moved")
    teller.ask("order-evidence-pack", order=ORDER, about="A zip file")
    teller.ask("guarantee", order="PO-1006", by=FINANCE)
    teller.ask("lines", order=ORDER)
    teller.ask("amendments", order=ORDER)
    teller.ask("amendment", order=ORDER, amendment=1)
    teller.ask("deadlines", query={"limit": 2}, about="The next two clocks that end")
    teller.ask("deadline", order="PO-1002", clock="claims")


def _money(teller: Teller) -> None:
    held = "payable:exporter:EXP-1"
    teller.ask("holds", query={"limit": 2})
    teller.ask("hold", order="PO-1003", about="Half of it was refunded")
    teller.ask("releases", query={"limit": 2})
    teller.ask("order-releases", order="PO-1002", about="One rejected, one approved by two people")
    teller.ask("release", order="PO-1002", number=2)
    teller.ask("refunds", query={"limit": 2})
    teller.ask("order-refunds", order="PO-1003")
    teller.ask("refund", order="PO-1003", number=2)
    teller.ask("guarantees", by=FINANCE)
    teller.ask("agreements")
    teller.ask("commission", order=ORDER)
    teller.ask("accounts", query={"limit": 2})
    teller.ask("account", account=held)
    teller.ask("balances", query={"account": held}, about="What is due to an exporter now")
    teller.ask("trial-balance", query={"as_of": "2026-10-31"}, about="By the end of October")
    teller.ask("journal", query={"limit": 1}, about="The first entry")
    query = {"from": "2026-10-01", "to": "2026-10-31"}
    teller.ask("account-statement", query=query, account=held, about="A month of an account")
    teller.ask("explain", what=f"order:{ORDER}", query={"depth": 1}, about="Where an order's money came from and went")
    teller.ask("payee", party="EXP-1", currency="USD")
    teller.ask("commissions", query={"partner": "PAR-1"}, about="What a partner's exporters brought them")
    teller.ask("agreement", agreement="AG-1")
    partner = party("PAR-1", "partner")
    teller.ask("commission-statement", by=partner, party="PAR-1", about="What a partner is told that it earned")
    teller.ask("commission-evidence-pack", by=partner, party="PAR-1", about="All that proves it, with a verifier")
    teller.ask("tax-certificates", query={"quarter": "2026-27-Q3"}, about="What partners' tax came to in a quarter")
    teller.ask("periods", by=FINANCE)
    teller.ask("period", by=FINANCE, period="2026-10")
    teller.ask("verify-period", period="2026-10", about="The log gives the same figures today")
    both = {"with": "2026-10", "closing": 1, "with_closing": 2}
    teller.ask("compare-periods", period="2026-10", query=both, about="Two closings of a month")


def _disputes(teller: Teller) -> None:
    teller.ask("disputes", query={"limit": 1}, by=mediator("MED-2"), about="The list of a mediator")
    teller.ask("dispute", by=mediator("MED-2"), order=DISPUTED, number=1)
    about: dict[str, Any] = {"order": DISPUTED, "dispute": 1, "by": mediator("MED-2")}
    for part in ("claims", "offers", "decisions", "appeals"):
        teller.ask(f"dispute-{part}", **about)
    teller.ask("dispute-evidence-list", **about)
    teller.ask("dispute-claim", claim=1, **about)
    teller.ask("dispute-timeline", by=mediator("MED-2"), order=DISPUTED, number=1)
    teller.ask("dispute-evidence-pack", order=DISPUTED, dispute=1, about="A zip file")
    teller.ask("evidence", by=mediator("MED-2"), sha256=hashlib.sha256(PHOTO).hexdigest(), about="As it was handed in")


def _book(teller: Teller) -> None:
    teller.ask("events", query={"after": 20, "limit": 2}, about="Two events")
    teller.ask("parties")
    teller.ask("party", party="EXP-1", query={"reveal": True, "why": "CS-115"}, about="With its name in clear")
    teller.ask("watchlists")
    teller.ask("rulebooks")
    teller.ask("rulebook", name="standard", version="2")
    teller.ask("rulebook-diff", name="standard", version="2", other_name="standard", other_version="3")
    dearer = {"rulebook": "standard/3", "limit": 1}
    teller.ask("counterfactual", query=dearer, about="What a fee of 3 % would have come to")
    teller.ask("audit", query={"limit": 1}, about="The last thing that anybody said")
    teller.ask("audit-four-eyes", query={"limit": 1})
    teller.ask("audit-refused", query={"limit": 1})
    teller.ask("audit-reads", query={"limit": 1}, about="Who saw what is confidential")


def _log(teller: Teller) -> None:
    teller.sign()
    size = teller.ask("log", about="Where the log is, and its keys")["signed_size"]
    teller.ask("checkpoint", about="A signed note")
    teller.ask("witnesses")
    teller.ask("tile", path=f"0/000.p/{size}" if size < 256 else "0/000", about="Hashes of events")
    teller.ask("inclusion-proof", position=1, about="That an event stands in the log")
    teller.ask("consistency-proof", query={"old": 1}, about="That the log only grew")
    confirmed = next(told for told in teller.told if told.asked.operation == "confirm")
    key = confirmed.asked.headers["Idempotency-Key"]
    teller.ask("command-proofs", by=OPERATOR, query={"command_id": key, "principal": "api:BUY-1"})
