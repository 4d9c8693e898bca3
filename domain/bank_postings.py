"""What the events of reconciliation post: what a line of a bank's statement turned out to be, and what is given up."""

from domain.bank_entry import BankEntryMatched, BankEntryUnmatched, Target
from domain.journal import Entry, Posting
from domain.open_item import OpenItemWrittenOff

WRITE_OFFS = "expense:write-offs"


def post_bank_entry_matched(_reference: str, event: BankEntryMatched) -> Entry:
    """
    Debit the bank account with what came, credit what it was; the other way round for what left.

    What the ledger had already booked on the bank account itself posts nothing: bank and ledger agree.
    """
    return _matched(event.account, event.currency, event.amount_minor, event.targets)


def post_bank_entry_unmatched(_reference: str, event: BankEntryUnmatched) -> Entry:
    """The reverse, account by account."""
    back = tuple(
        Target(item=each.item, account=each.account, amount_minor=-each.amount_minor) for each in event.targets
    )
    return _matched(event.account, event.currency, -event.amount_minor, back)


def post_open_item_written_off(_reference: str, event: OpenItemWrittenOff) -> Entry:
    """Debit what is lost; credit the account on which it was expected. The other way round for what never left."""
    return Entry(
        (
            Posting(WRITE_OFFS, event.currency, event.amount_minor),
            Posting(event.account, event.currency, -event.amount_minor),
        )
    )


def _matched(account: str, currency: str, amount_minor: int, targets: tuple[Target, ...]) -> Entry:
    sums = {account: amount_minor}
    for target in targets:
        sums[target.account] = sums.get(target.account, 0) - target.amount_minor
    return Entry(tuple(Posting(name, currency, minor) for name, minor in sums.items() if minor))
