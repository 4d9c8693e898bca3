"""The words of reasons: what a rule found, for people, with our references and amounts, and nothing a bank wrote."""

from collections.abc import Sequence

from domain.matching.claim import Claim
from domain.matching.ground import Ground
from domain.matching.sides import OpenEntry, OpenItem
from domain.money import CurrencyUnknown, to_major

NAMED_MAX = 3

WORDS = {
    "end_to_end_id": "The end-to-end id is that of {items}, and so is the amount.",
    "end_to_end_id_less_fee": "The end-to-end id is that of {items}; {difference}.",
    "reference": "The reference of {items} is given, and the amount is the one expected.",
    "reference_less_fee": "The reference of {items} is given; {difference}.",
    "shared_reference": "Of what its reference names, {items} alone has the amount.",
    "merged": "One entry names {items} and is their sum.",
    "split": "{entries} entries name {items} and sum to it.",
    "grouped": "{entries} entries name {items}, and the sums agree.",
    "name": "No other entry or item around that day has the amount of {items}, and the name is the party's.",
    "amount_and_date": "No other entry or item around that day has the amount of {items}.",
}
"""By rule; the policy says which there are."""


def reason_of(ground: Ground, claim: Claim) -> str:
    """Return why a claim holds, as a sentence."""
    return WORDS[claim.rule].format(
        items=named(ground, claim.items), entries=len(claim.entries), difference=_difference_of(ground, claim)
    )


def named(ground: Ground, items: Sequence[int]) -> str:
    """Return items by their references, of many only the first."""
    shown = ", ".join(ground.items[number].item for number in items[:NAMED_MAX])
    return shown if len(items) <= NAMED_MAX else f"{shown} and {len(items) - NAMED_MAX} more"


def amount_of(of: OpenEntry | OpenItem) -> str:
    """Return how much something is, without its sign."""
    return amount_text(abs(of.amount_minor), of.currency)


def amount_text(amount_minor: int, currency: str) -> str:
    """Return an amount for people, also of a currency that is no more."""
    try:
        return f"{to_major(amount_minor, currency)} {currency}"
    except CurrencyUnknown:
        return f"{amount_minor} minor units of {currency}"


def _difference_of(ground: Ground, claim: Claim) -> str:
    if claim.difference is None:
        return ""
    currency = ground.items[claim.items[0]].currency
    amount = amount_text(abs(claim.difference.amount_minor), currency)
    direction = "less" if claim.difference.amount_minor < 0 else "more"
    return f"it's {amount} {direction}, which the tolerance takes for a {claim.difference.kind}"
