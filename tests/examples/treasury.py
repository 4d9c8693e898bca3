"""Where money is, asked once the story is told: orders, ledger and bank beside each other, proofs, the float."""

from tests.examples.telling import FINANCE, OPERATOR, Teller


def ask_about_treasury(teller: Teller) -> None:
    """Ask what a finance person asks at the end of a month."""
    today = teller.still.now.date()
    days = {"from": today.replace(day=1).isoformat(), "to": today.isoformat(), "currency": "USD"}
    teller.ask("three-way", by=FINANCE, query=days | {"by_day": False}, about="The month in US dollars, as one")
    lines = days | {"by_day": False, "limit": 3}
    teller.ask("three-way-lines", by=FINANCE, query=lines, about="What explains by how much bank and orders differ")
    teller.ask("proof-of-holds", query={"currency": "USD"}, about="Held by orders, held in the books, and covered")
    teller.ask("bank-proof", query={"currency": "USD"}, about="Against the banks' own closing balances")
    teller.ask("bank-proof-lines", query={"currency": "USD", "limit": 2}, about="By what they differ")
    waiting = {"to": today.isoformat(), "state": "waiting", "over": 7, "limit": 2}
    teller.ask("floats", by=FINANCE, query=waiting, about="What has waited for more than a week, and for what")
    teller.ask("float-totals", by=FINANCE, query={"to": today.isoformat(), "limit": 3}, about="The costliest waits")
    teller.ask("month-end", by=OPERATOR, month=f"{today:%Y-%m}", about="The month's reconciliation, to be filed")
