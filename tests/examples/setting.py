"""The setting of the story: rules, sanctions lists, parties, and the partner who brought one of them."""

from typing import Any

from tests.examples.telling import SECOND_OPERATOR, Teller, usd

RULEBOOK = "standard/2"
LIST_SHA256 = "5a" * 32
RULES: dict[str, Any] = {
    "service_fee_bps": 250,
    "service_fee_tax_bps": 1_800,
    "four_eyes_from": {"USD": usd(1_000_000)},
    "guarantee": {"USD": usd(500_000)},
}
TERMS = {"rate_bps": 200, "attribution_days": 365}


def set_the_scene(teller: Teller) -> None:
    """Say what stands before the first order."""
    _agree_on_rules(teller)
    _register(teller)
    _refer(teller)


def _agree_on_rules(teller: Teller) -> None:
    draft = {"rulebook": RULEBOOK, "rules": RULES}
    teller.say("rulebook-draft", draft, about="A fee of 2.5 %, four eyes from 10,000.00 USD")
    teller.say("rulebook-approve", by=SECOND_OPERATOR, name="standard", version="2", about="A second person agrees")
    teller.say("rulebook-publish", name="standard", version="2", about="In force at once")
    dearer = {"rulebook": "standard/3", "rules": RULES | {"service_fee_bps": 300}}
    teller.say("rulebook-draft", dearer)


def _register(teller: Teller) -> None:
    listed = {"list_name": "UNSC", "version": "2026-10-01", "sha256": LIST_SHA256}
    teller.say("watchlist-record", listed, about="A list in a new version")
    for party, role, country, name in (
        ("EXP-1", "exporter", "IN", "Malabar Looms"),
        ("BUY-1", "buyer", "DE", "Hanse Textil"),
        ("BUY-2", "buyer", "FR", "Atelier du Port"),
        ("BUY-9", "buyer", "NL", "Kade Import"),
        ("PAR-1", "partner", "IN", "Kochi Trade Club"),
    ):
        registered = {"party": party, "roles": [role], "country": country, "profile": {"name": name}}
        teller.say("party-register", registered, about="An exporter, with a name that may be erased")
    screened = {"list_name": "UNSC", "list_version": "2026-10-01", "list_hash": LIST_SHA256, "result": "clear"}
    teller.say("party-screen", screened, party="EXP-1", about="Not on the list")
    teller.say("party-change", {"field": "name", "value": "Malabar Looms Ltd"}, party="EXP-1", about="A new name")


def _refer(teller: Teller) -> None:
    signed = {"agreement": "AG-1", "partner": "PAR-1", "starts_on": "2026-10-01", "terms": TERMS}
    teller.say("agreement-sign", signed, about="2 % of what is released, for a year")
    starts = {"agreement": "AG-1", "starts_on": "2026-10-01"}
    teller.say("party-refer", starts, party="EXP-1", about="The partner brought this exporter")
    amended = {"starts_on": "2027-01-01", "terms": TERMS | {"rate_bps": 150}}
    teller.say("agreement-amend", amended, agreement="AG-1", about="1.5 % from next year on")


def take_leave(teller: Teller) -> None:
    """Say what ends: a party suspended and taken back, one forgotten, and the agreement."""
    teller.say("party-suspend", {"reason": "under-review"}, party="BUY-2", about="No new orders")
    teller.say("party-reinstate", {"reason": "cleared"}, party="BUY-2", about="Orders again")
    teller.say("party-place-legal-hold", {"reason": "CS-114"}, party="BUY-9", about="Nothing of theirs is erased")
    teller.say("party-lift-legal-hold", {"reason": "CS-114"}, party="BUY-9", about="One reason less")
    teller.say("party-forget", party="BUY-9", about="What is personal is erased")
    ending = {"ends_on": "2027-06-30", "reason": "not-renewed"}
    teller.say("agreement-end", ending, agreement="AG-1", about="No commission on later orders")


def take_over(teller: Teller) -> None:
    """Take over what another system kept."""
    stood = [
        ("bank:safeguarded:hdfc", 60_000),
        ("payable:exporter:EXP-7", -40_000),
        ("refundable:buyer:BUY-7", -20_000),
    ]
    balances = [{"account": account, "currency": "USD", "amount": usd(minor)} for account, minor in stood]
    opening = {"source": "legacy", "source_sha256": "5c" * 32, "as_of": "2026-10-04", "balances": balances}
    teller.say("take-balances-over", opening, about="What stood on the old system's accounts")
    order = {
        "source": "legacy",
        "source_reference": "ORD/2026/77",
        "buyer": "BUY-7",
        "exporter": "EXP-7",
        "currency": "USD",
        "lines": [{"number": 1, "sku": "LINEN-180", "quantity": 6, "amount": usd(60_000)}],
        "transport_mode": "sea",
        "ship_by": "2026-12-01",
        "status": "dispatched",
        "placed_at": "2026-09-01T09:00:00Z",
        "dispatched_at": "2026-09-28T15:30:00Z",
        "received": [usd(60_000)],
        "held": usd(60_000),
        "account": "bank:safeguarded:hdfc",
    }
    teller.say("take-over", order, order="PO-77", about="An order on its way when the system changed")
    back = {"account": "refundable:buyer", "amount": usd(20_000), "reason": "account-closed"}
    teller.say("payee-declare-unclaimed", back, party="BUY-7", about="A refund that came back from the bank")
    found = {"account": "refundable:buyer", "amount": usd(20_000), "reason": "turned-up"}
    teller.say("payee-reclaim", found, party="BUY-7", about="Payable again")
