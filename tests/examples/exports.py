"""The exports of the story: a shipping bill, the money that came for it, its certificate, and how it was closed."""

from typing import Any

from tests.examples.telling import FINANCE, Teller, party, usd

BILL, IRM, STATED = "INNSA1-7001", "IRM-2026-0042", "2026-Q4"
EXPORTER = party("EXP-1", "exporter")


def export(teller: Teller) -> None:
    """Play one bill from the shipment to its closing."""
    _ship(teller)
    _match(teller)
    _close(teller)


def _ship(teller: Teller) -> None:
    invoices = [
        {"number": "EXP/26-27/118", "issued_on": "2026-10-05", "amount": usd(30_000)},
        {"number": "EXP/26-27/119", "issued_on": "2026-10-05", "amount": usd(20_000)},
    ]
    shipped = {
        "receivable": BILL,
        "exporter": "EXP-1",
        "currency": "USD",
        "invoices": invoices,
        "shipped_on": "2026-10-06",
        "port": "INNSA1",
        "orders": [{"order": "PO-1001", "amount": usd(30_000)}],
        "customs_value": {"minor": 4_175_000, "currency": "INR"},
    }
    teller.say("receivable-record", shipped, by=FINANCE, about="Two invoices under one shipping bill")
    other = {"order": "PO-1002", "amount": usd(20_000)}
    teller.say("receivable-link", other, by=FINANCE, receivable=BILL, about="The second invoice is of another order")
    money = {
        "remittance": IRM,
        "exporter": "EXP-1",
        "amount": usd(48_000),
        "received_on": "2026-10-20",
        "purpose": "P0102",
        "ad_code": "0510005",
        "remitter": "Hanse Textil",
        "rulebook": "standard/2",
    }
    teller.say("remittance-record", money, by=FINANCE, about="What the bank reported; who sent it may be erased")


def _match(teller: Teller) -> None:
    bill: dict[str, Any] = {"by": FINANCE, "receivable": BILL}
    matched = {"remittance": IRM, "amount": usd(1_000)}
    teller.say("receivable-allocate", matched, **bill, about="10.00 USD of the money are of this bill")
    wrong = {"realisation": 1, "reason": "whole-amount"}
    teller.say("receivable-free", wrong, **bill, about="No, all of it")
    teller.say("receivable-allocate", matched | {"amount": usd(48_000)}, **bill)
    fee = {"reason": "platform-fee", "amount": usd(885), "source": "release:PO-1001/1"}
    teller.say("receivable-deduct", fee, **bill, about="The fee and its tax, as the release took them")
    charges = {"reason": "bank-charges", "amount": usd(1_115)}
    teller.say("receivable-deduct", charges, **bill)
    withdrawn = {"deduction": 2, "reason": "another-amount"}
    teller.say("receivable-withdraw-deduction", withdrawn, **bill)
    teller.say("receivable-deduct", charges, **bill)


def _close(teller: Teller) -> None:
    bill: dict[str, Any] = {"by": FINANCE, "receivable": BILL}
    certified = {"certificate": "UTIB0000118", "certified_on": "2026-10-21"}
    teller.say("receivable-certify", certified, **bill, about="The exporter's e-BRC of all that came")
    cancelled = {"certificate": "UTIB0000118", "reason": "wrong-port"}
    teller.say("receivable-cancel-certificate", cancelled, **bill)
    teller.say("receivable-certify", certified | {"certificate": "UTIB0000119"}, **bill)
    later = {"due_on": "2028-07-06", "reference": "AD/EXT/2026/17"}
    teller.say("receivable-extend", later, **bill, about="The bank gives half a year more")
    teller.ask("receivables", by=FINANCE, query={"closable": True}, about="What may be closed on own declaration")
    closed = {"by": "declaration", "reference": STATED}
    teller.say("receivable-close", closed, **bill, about="Nothing is open, and it is small enough")


def ask_about_exports(teller: Teller) -> None:
    """Ask what became of it."""
    teller.ask("receivable", by=EXPORTER, receivable=BILL, about="The chain, as its exporter sees it")
    teller.ask("remittances", by=EXPORTER, about="Money from abroad, and what is left of it")
    teller.ask("remittance", by=FINANCE, remittance=IRM, query={"reveal": True, "why": "CS-116"}, about="Who sent it")
    teller.ask("realisation-statement", by=EXPORTER, party="EXP-1", quarter=STATED, about="A quarter, to be declared")
