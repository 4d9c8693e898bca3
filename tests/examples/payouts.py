"""Payouts in the story: planned, agreed to by two people, told to the bank, answered; fees swept and a tax remitted."""

from tests.examples.telling import AUDITOR, FINANCE, SECOND_FINANCE, Teller, party, usd
from tests.payouts import Said, status_file

BUYERS_BANK, OWN_BANK = "bank:safeguarded:hdfc", "bank:operator:main"
DETAILS = {"account_name": "Malabar Looms Ltd", "account_number": "50100012345678", "agent": "HDFC0001234"}
THEIR_DETAILS = {"account_name": "Nord Kontor", "iban": "DE02120300000000202051"}
GIVEN_UP, PAID, FAILED, SWEPT, TAXED = (f"OCT-{number}" for number in range(1, 6))


def pay_out(teller: Teller) -> None:
    """Pay what is owed, and what the operator owes itself and others."""
    _know_where(teller)
    _pay_own(teller)
    _pay_payees(teller)


def ask_about_payouts(teller: Teller) -> None:
    """Ask what became of it."""
    files = teller.ask("payout-files", about="What a bank was told")["items"]
    teller.ask("payout-file", file=files[0]["file"])
    teller.ask(
        "payout-file-content", by=FINANCE, file=files[0]["file"], about="The file for the bank, as it was written"
    )
    teller.ask("payouts", query={"stage": "all", "limit": 2}, about="The first two that were planned")
    teller.ask("payout", payout=PAID, about="With the items that it is made of")
    teller.ask("payout-advice", by=party("EXP-1", "exporter"), payout=PAID, about="What the exporter is told of it")
    teller.ask("payees", query={"limit": 2}, by=AUDITOR, about="Who may be paid, and who owes")


def _know_where(teller: Teller) -> None:
    for field, value in DETAILS.items():
        teller.say("party-change", {"field": field, "value": value}, party="EXP-1")
    buyer = {"party": "BUY-7", "roles": ["buyer"], "country": "DE", "profile": THEIR_DETAILS}
    teller.say("party-register", buyer)


def _pay_payees(teller: Teller) -> None:
    _plan(teller, GIVEN_UP, "EXP-1", about="All that the exporter may be paid, less what is on its way")
    reason = {"reason": "wrong-day"}
    teller.say("payout-cancel", reason, by=SECOND_FINANCE, payout=GIVEN_UP, about="Given up before the bank is told")
    _plan(teller, PAID, "EXP-1")
    _plan(teller, FAILED, "BUY-7")
    teller.say("payout-approve", by=SECOND_FINANCE, payout=PAID, about="A second person agrees to a large one")
    told = {"pays_from": BUYERS_BANK, "pay_on": _today(teller), "currency": "USD"}
    (file,) = teller.say("payout-instruct", told, by=FINANCE, about="One file of both")["files"]
    answer = status_file(file["file"], [Said(PAID, "ACSP")])
    teller.ask("payout-answer", by=FINANCE, body=answer, about="The bank's pain.002: it will pay one of them")
    teller.say("payout-accept", {"answer": "ACTC"}, by=FINANCE, payout=FAILED, about="The other too, it said by hand")
    closed = {"reason": "AC04"}
    teller.say("payout-reject", closed, by=FINANCE, payout=FAILED, about="The account is closed: it is owed again")


def _pay_own(teller: Teller) -> None:
    day = _today(teller)
    swept = {"payout": SWEPT, "amount": usd(100), "pays_from": BUYERS_BANK, "pays_to": OWN_BANK, "pay_on": day}
    teller.say("payout-sweep", swept, by=FINANCE, about="1.00 USD of the fees, to the operator's own account")
    tax = {"payout": TAXED, "amount": usd(100), "pays_from": OWN_BANK, "tax": "tax:gst-output", "pay_on": day}
    teller.say("payout-remit", tax, by=FINANCE, about="1.00 USD of the tax on them, to the authority")


def _plan(teller: Teller, payout: str, who: str, *, about: str = "") -> None:
    plan = {"payout": payout, "party": who, "currency": "USD", "pays_from": BUYERS_BANK, "pay_on": _today(teller)}
    teller.say("payout-plan", plan, by=FINANCE, about=about)


def _today(teller: Teller) -> str:
    return teller.still.now.date().isoformat()
