"""The bank in the story: an account, its statement in two formats, a run of the rules, and what people say of it."""

from typing import Any

from tests.bank_files import NUMBER, Line, camt053, mt940
from tests.examples.telling import FINANCE, SECOND_FINANCE, Teller, usd

ACCOUNT = "hdfc-usd"


def bank(teller: Teller) -> None:
    """Say what a finance person says when the bank's statement comes."""
    registered = {
        "bank_account": ACCOUNT,
        "account": "bank:safeguarded:hdfc",
        "currency": "USD",
        "identifiers": [NUMBER],
        "name": "Escrow, US dollars",
        "bic": "HDFCINBB",
        "country": "IN",
    }
    teller.say("bank-account-register", registered, by=FINANCE, about="Its statements are known by its number")
    lines = _lines(teller)
    teller.ask("bank-statement-import", by=FINANCE, body=mt940(lines), about="A statement in MT940")
    teller.ask("bank-statement-import", by=FINANCE, body=camt053(lines), about="The same in camt.053: nothing is new")
    teller.ask("reconcile", by=FINANCE, query={"dry_run": True}, body={}, about="What would be matched")
    teller.ask("reconcile", by=FINANCE, body={}, about="By rule; the rest are breaks")
    _match(teller)
    _explain(teller)


def ask_about_bank(teller: Teller) -> None:
    """Ask how bank and ledger agree."""
    teller.ask("bank-accounts")
    teller.ask("bank-statements", query={"bank_account": ACCOUNT}, about="With what is missing before each")
    teller.ask("bank-entries", query={"matched": True}, about="Lines of statements, and what they are")
    teller.ask("open-items", query={"limit": 2}, about="What no statement shows yet")
    teller.ask("bank-matches", query={"limit": 2})
    teller.ask("bank-match", match="unknown-payer", about="A match that a person made and another undid")
    teller.ask("reconciliation", about="Account by account, and the open breaks by age")
    teller.ask("breaks", query={"open": False, "limit": 2}, about="Those that are explained")


def _lines(teller: Teller) -> tuple[Line, ...]:
    day = teller.still.now.date()
    return (
        Line(64_000, "FROM NOBODY KNOWS WHOM", payer="A STRANGER", day=day),
        Line(-1_250, "CHARGES OF THE MONTH", day=day, code="NCHG"),
        Line(-300, "ROUNDING", day=day),
    )


def _match(teller: Teller) -> None:
    unknown = _entry(teller, 64_000)
    said: dict[str, Any] = {
        "match": "unknown-payer",
        "entries": [{"entry": unknown, "targets": [{"account": "suspense:unidentified", "amount": usd(64_000)}]}],
        "reason": "nobody knows the payer yet",
    }
    teller.say("match-make", said, by=FINANCE, about="Booked to suspense until the payer is known")
    undone = {"reason": "payer-found"}
    teller.say("match-undo", undone, by=SECOND_FINANCE, match="unknown-payer", about="The line is open again")


def _explain(teller: Teller) -> None:
    charges, rounding = (f"bank_entry.{_entry(teller, minor)}" for minor in (-1_250, -300))
    teller.say("break-assign", {"owner": "FIN-2"}, by=FINANCE, break_key=charges)
    comment = {"comment": "Asked the bank which month this is for."}
    teller.say("break-comment", comment, by=SECOND_FINANCE, break_key=charges, about="The text is kept beside the log")
    too_small = {"reason": "too-small"}
    teller.say("break-write-off", too_small, by=FINANCE, break_key=charges, about="Asked, but these are charges")
    teller.say("break-reject-write-off", {"number": 1, "reason": "book-it"}, by=SECOND_FINANCE, break_key=charges)
    teller.say("break-write-off", too_small, by=FINANCE, break_key=rounding)
    approved = {"number": 1}
    teller.say("break-approve-write-off", approved, by=SECOND_FINANCE, break_key=rounding, about="Four eyes")
    shown = {"reveal": True}
    teller.ask("break", by=FINANCE, query=shown, break_key=charges, about="In clear; who asks is recorded")


def _entry(teller: Teller, minor: int) -> str:
    """Return the key of the line of an amount."""
    listed = teller.ask("bank-entries", query={"matched": False}, about="Lines that nothing explains yet")
    return next(str(each["entry"]) for each in listed["items"] if each["amount"]["minor"] == minor)
