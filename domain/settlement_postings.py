"""What the events of payment providers' settlements post: what is paid out, what the provider took, what a line was."""

from collections.abc import Mapping

from domain.journal import Entry, Posting
from domain.settlement import FEES
from domain.settlement_events import SettlementLinesCleared, SettlementLinesReopened, SettlementRecorded


def post_settlement_recorded(_reference: str, event: SettlementRecorded) -> Entry:
    """
    Debit where what is paid out waits for the bank, and the provider's fee and its tax; credit the provider's account
    with the gross of the lines, and with what the settlement differs by.
    """
    sums = {event.paid_into: event.net_minor, event.account: -event.gross_minor - event.difference_minor}
    for account, amount_minor in ((FEES, event.fee_minor), (event.tax_account, event.tax_minor)):
        sums[account] = sums.get(account, 0) + amount_minor
    return _entry(sums, event.currency)


def post_settlement_lines_cleared(_reference: str, event: SettlementLinesCleared) -> Entry:
    """
    Debit the provider's account with what the lines come to, credit what they were.

    What stood on the provider's account itself posts nothing: recording the settlement took it off already.
    """
    return _cleared(event, sign=1)


def post_settlement_lines_reopened(_reference: str, event: SettlementLinesReopened) -> Entry:
    """The reverse, account by account."""
    return _cleared(event, sign=-1)


def _cleared(event: SettlementLinesCleared | SettlementLinesReopened, *, sign: int) -> Entry:
    sums = {event.account: sign * event.amount_minor}
    for target in event.targets:
        sums[target.account] = sums.get(target.account, 0) - sign * target.amount_minor
    return _entry(sums, event.currency)


def _entry(sums: Mapping[str, int], currency: str) -> Entry:
    return Entry(tuple(Posting(account, currency, minor) for account, minor in sums.items() if minor))
