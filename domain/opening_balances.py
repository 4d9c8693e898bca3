"""
Opening balances are what stood on another system's accounts when it was taken over, in every currency at once.

They sum to zero in each, and none stands on an account that orders, commissions or payouts explain.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple, get_args

from domain.accounts import CHART, check_control
from domain.money import exponent_of, ranged
from domain.payee_account import PayeeControl
from domain.references import key
from domain.takeover import (
    Balance,
    OpeningBalance,
    Takeover,
    TakeoverAlreadyRecorded,
    TakeoverBalancesRecorded,
    TakeoverMalformed,
    TakeoverUnbalanced,
)

BALANCES_PER_EVENT_MAX = 250
"""Keeps an event's leaf below 65,535 bytes, the limit of the transparency-log format."""

BALANCES_MAX = 100_000

ELSEWHERE = ("hold", "disputed", "frozen", "accrued:partner", "payout:in-transit")
"""Control accounts that orders, commissions and payouts explain: no bare balance stands on them."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PayeePart(NamedTuple):
    """A party, and the control account that its part belongs to."""

    party: str
    account: PayeeControl


def record_balances(
    existing: Takeover | None,
    balances: Sequence[OpeningBalance],
    *,
    source: str,
    source_sha256: str,
    as_of: date,
    on: date,
) -> Iterator[TakeoverBalancesRecorded]:
    """
    Take balances over on a day: an event for each currency, and further ones where it has more than 250 accounts.

    Raises, in this order: ReferenceMalformed (source), TakeoverMalformed (source_sha256), TakeoverMalformed (as_of),
    TakeoverMalformed (balances), for each balance what `check_balance` does and TakeoverMalformed (its account named
    before), TakeoverUnbalanced, AmountOutOfRange (what an event lacks), all before any state is looked at;
    TakeoverAlreadyRecorded.
    """
    key(source, field="source")
    if not _SHA256.fullmatch(source_sha256):
        raise TakeoverMalformed(field="source_sha256", problem="not 64 lower-case hexadecimal digits")
    if as_of > on:
        raise TakeoverMalformed(field="as_of", problem="later than the takeover")
    if not 1 <= len(balances) <= BALANCES_MAX:
        raise TakeoverMalformed(field="balances", problem=f"between 1 and {BALANCES_MAX} balances are needed")
    by_currency = _by_currency(balances)
    for currency, of_currency in by_currency.items():
        if difference_minor := sum(balance.amount_minor for balance in of_currency):
            raise TakeoverUnbalanced(currency=currency, difference_minor=difference_minor)
    parts = [
        (currency, part)
        for currency, of_currency in by_currency.items()
        for part in _parts(of_currency, f"suspense:{source}")
    ]
    if existing:
        raise TakeoverAlreadyRecorded(takeover=existing.reference)
    for currency, part in parts:
        yield TakeoverBalancesRecorded(
            source=source, source_sha256=source_sha256, as_of=as_of, currency=currency, balances=part
        )


def check_balance(balance: OpeningBalance) -> None:
    """
    Check one balance by itself.

    Raises, in this order: CurrencyUnknown, what `check_control` does, AmountOutOfRange, TakeoverMalformed
    (amount_minor).
    """
    exponent_of(balance.currency)
    check_control(balance.account, [name for name in CHART if name not in ELSEWHERE])
    if not ranged(balance.amount_minor):
        raise TakeoverMalformed(field="amount_minor", problem="nothing stands on the account")


def payee_part_of(account: str) -> PayeePart | None:
    """Return whose payee account an account is a part of, and which part, or nothing."""
    control, _, party = account.rpartition(":")
    return next((PayeePart(party, part) for part in get_args(PayeeControl) if part == control), None)


def _by_currency(balances: Sequence[OpeningBalance]) -> dict[str, list[Balance]]:
    found: dict[str, dict[str, Balance]] = {}
    for number, balance in enumerate(balances):
        check_balance(balance)
        of_currency = found.setdefault(balance.currency, {})
        if balance.account in of_currency:
            raise TakeoverMalformed(field=f"balances[{number}].account", problem="named before in this currency")
        of_currency[balance.account] = Balance(account=balance.account, amount_minor=balance.amount_minor)
    return {currency: list(of_currency.values()) for currency, of_currency in found.items()}


def _parts(balances: Sequence[Balance], suspense: str) -> Iterator[tuple[Balance, ...]]:
    """Yield balances that sum to zero in parts that do so each: what a part lacks stands on a suspense account."""
    for start in range(0, len(balances), BALANCES_PER_EVENT_MAX):
        part = tuple(balances[start : start + BALANCES_PER_EVENT_MAX])
        lacking_minor = ranged(-sum(balance.amount_minor for balance in part))
        yield (*part, Balance(account=suspense, amount_minor=lacking_minor)) if lacking_minor else part
