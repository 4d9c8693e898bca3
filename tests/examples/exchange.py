"""Foreign exchange in the story: rates published and corrected, euros bought, revalued, and a deal taken back."""

from typing import Any

from tests.examples.telling import FINANCE, Teller, usd

USD_BANK, EUR_BANK = "bank:operator:hdfc", "bank:operator:icici"


def eur(minor: int) -> dict[str, object]:
    """Return an amount in euros, as requests say it."""
    return {"minor": minor, "currency": "EUR"}


def exchange(teller: Teller) -> None:
    """Say what a finance person says of foreign money."""
    _publish(teller, {"USD": "1.1523", "INR": "97.1235", "GBP": "0.8705"})
    correction = {"source": "ECB", "day": _today(teller), "rates": {"GBP": "0.8750"}, "reason": "typing-error"}
    teller.say("rates-correct", correction, by=FINANCE, about="A slip in one rate")
    bought = _bought("FX-1", usd(115_500), eur(100_000), {"source": "bank:hdfc", "rate": "1.155", "of": "EUR"})
    teller.say("conversion-record", bought, by=FINANCE, about="1,000.00 EUR at a bank's rate of 1.155")
    teller.say("conversion-record", _bought("FX-2", usd(11_523), eur(10_000), {"source": "ECB"}), by=FINANCE)
    slip = {"reason": "recorded-twice"}
    teller.say("conversion-reverse", slip, by=FINANCE, conversion="FX-2", about="It had never taken place")
    teller.wait(days=1)
    _publish(teller, {"USD": "1.1600", "INR": "97.2010", "GBP": "0.8712"})
    teller.say("exposure-revalue", by=FINANCE, currency="EUR", about="At the rate of the day")


def ask_about_exchange(teller: Teller) -> None:
    """Ask what became of it."""
    day = _today(teller)
    teller.ask("rates", query={"to": day}, about="What was published in the last month")
    pair = {"from": "USD", "to": "INR", "on": day}
    teller.ask("rate", query=pair, about="What a dollar is worth in rupees, exactly")
    teller.ask("conversions", query={"limit": 1})
    teller.ask("conversion", conversion="FX-1", about="With the bank's rate and the reference rate")
    teller.ask("exposures", about="What is open in euros")


def _publish(teller: Teller, rates: dict[str, str]) -> None:
    published = {"source": "ECB", "day": _today(teller), "base": "EUR", "rates": rates}
    teller.say("rates-record", published, by=FINANCE, about="The day's reference rates")


def _bought(key: str, sold: dict[str, object], bought: dict[str, object], deal: dict[str, str]) -> dict[str, Any]:
    accounts = {"sold_from": USD_BANK, "bought_to": EUR_BANK}
    return {"conversion": key, "sold": sold, "bought": bought, "deal": deal} | accounts


def _today(teller: Teller) -> str:
    return teller.still.now.date().isoformat()
