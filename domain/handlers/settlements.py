"""What commands about payment providers' settlements do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain import commands
from domain.accounts import AccountUnfit, check_control
from domain.book import Book
from domain.handlers.bank_matches import BOOKABLE, FX, MatchCurrencyDiffers, TargetUnknown
from domain.handlers.break_moves import explain, is_settled, say
from domain.handlers.payouts import debit_payout, undo_debit
from domain.open_item import OpenItem, account_of, begin
from domain.payout import IN_TRANSIT
from domain.reconciliation_break import Found
from domain.references import book_id, key, key_of, kind_of, settlement_line_id
from domain.settlement import DIFFERENCE, Settlement, check_said, record
from domain.settlement_events import LineTarget, SettlementLinesRecorded, SettlementRecorded
from domain.unit_of_work import UnitOfWork

TARGET_KINDS = frozenset({"", "open_item", "payout"})


def record_settlement(command: commands.RecordSettlement, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed (provider, settlement), and what `settlement.record` does.

    What doesn't come out is recorded as it is, and raises a break.
    """
    key(command.provider, field="provider")
    key(command.settlement, field="settlement")
    recorded = record(
        uow.find(Settlement, command.about),
        reference=command.about,
        account=f"clearing:{command.provider}",
        told=command.told,
        parts=command.parts,
    )
    lines = (SettlementLinesRecorded(lines=part.lines, detail=part.detail) for part in command.parts)
    uow.record(command.about, recorded, *lines)
    if recorded.difference_minor:
        say(_differing(command.about, recorded, uow), uow)


def clear_settlement_lines(command: commands.ClearSettlementLines, uow: UnitOfWork) -> None:
    """
    Raises, in this order: what `settlement.check_said` does, AggregateNotFound, MatchCurrencyDiffers, what
    `Settlement.check_targets` does, TargetUnknown.

    Then each part in its turn is refused for what it is: a booking by `check_control`, or AccountUnfit of fx:gain-loss
    in another currency than the book's; an open item by `account_of`, or AccountUnfit of another account's; and at last
    a payout by `debit_payout`, an open item by `OpenItem.settle`.
    """
    check_said(command.rule, command.reason)
    settlement = uow.get(Settlement, command.about)
    if command.currency not in {"", settlement.currency}:
        raise MatchCurrencyDiffers(
            reference=settlement.reference, currency=settlement.currency, needed=command.currency
        )
    settlement.check_targets([_said(part) for part in command.parts])
    for part in command.parts:
        if kind_of(part.item) not in TARGET_KINDS:
            raise TargetUnknown(item=part.item[:200])
    targets = [_target(settlement, part, uow) for part in command.parts]
    of_minor = {part.item: part.of_minor for part in command.parts}
    for target in targets:
        _settle(settlement, target, of_minor, uow)
    cleared = settlement.clear(targets, rule=command.rule, reason=command.reason, actor=uow.actor)
    uow.record(settlement.reference, cleared)
    _explain(settlement, targets, uow)


def reopen_settlement_lines(command: commands.ReopenSettlementLines, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, what `Settlement.reopen` does.

    A payout that went on meanwhile refuses it, as `undo_debit` says.
    """
    settlement = uow.get(Settlement, command.about)
    reopened = settlement.reopen(command.lines, reason=command.reason, actor=uow.actor)
    for target in reopened.targets:
        by = settlement_line_id(settlement.reference, target.line)
        if kind_of(target.item) == "open_item":
            uow.record(target.item, uow.get(OpenItem, target.item).unsettle(match=by))
        elif target.item:
            undo_debit(key_of(target.item), bank_entry=by, uow=uow)
    uow.record(settlement.reference, reopened)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RecordSettlement: record_settlement,
    commands.ClearSettlementLines: clear_settlement_lines,
    commands.ReopenSettlementLines: reopen_settlement_lines,
}


def write_line_off(settlement: Settlement, line: int, *, account: str, uow: UnitOfWork) -> None:
    """
    Book the whole of a line to the account of write-offs, which two people agreed to.

    Raises: what `Settlement.check_targets` does.
    """
    target = LineTarget(line=line, account=account, amount_minor=settlement.amounts.get(line, 0))
    settlement.check_targets([target])
    uow.record(settlement.reference, settlement.clear([target], rule="write-off", reason="", actor=uow.actor))


def _said(part: commands.ClearedPart) -> LineTarget:
    return LineTarget(line=part.line, item=part.item, account=part.account, amount_minor=part.amount_minor)


def _target(settlement: Settlement, part: commands.ClearedPart, uow: UnitOfWork) -> LineTarget:
    """Return what a part is, with the account that it posts on."""
    match kind_of(part.item):
        case "":
            account = part.account
            check_control(account, BOOKABLE)
            functional = uow.get(Book, book_id(uow.book)).functional_currency
            if account == FX and settlement.currency != functional:
                raise AccountUnfit(account=account, needed=(functional,))
        case "open_item":
            account = account_of(part.item)
            if account != settlement.account:
                raise AccountUnfit(account=account, needed=(settlement.account,))
        case _:
            account = IN_TRANSIT
    return LineTarget(line=part.line, item=part.item, account=account, amount_minor=part.amount_minor)


def _settle(settlement: Settlement, target: LineTarget, of_minor: Mapping[str, int], uow: UnitOfWork) -> None:
    by = settlement_line_id(settlement.reference, target.line)
    match kind_of(target.item):
        case "":
            pass
        case "open_item":
            whole_minor = of_minor[target.item]
            item = uow.find(OpenItem, target.item) or begin(target.item, of_minor=whole_minor)
            settled = item.settle(target.amount_minor, currency=settlement.currency, of_minor=whole_minor, match=by)
            uow.record(target.item, settled)
        case _:
            on = settlement.settled_on or uow.occurred_at.date()
            debit_payout(key_of(target.item), -target.amount_minor, bank_entry=by, on=on, uow=uow)


def _explain(settlement: Settlement, targets: Sequence[LineTarget], uow: UnitOfWork) -> None:
    """Close the breaks about what is explained now."""
    for line in dict.fromkeys(target.line for target in targets):
        is_booked = not any(target.item for target in targets if target.line == line)
        subject = settlement_line_id(settlement.reference, line)
        explain(subject, how="booking" if is_booked else "match", by=settlement.reference, uow=uow)
    for item in dict.fromkeys(target.item for target in targets if target.item):
        if is_settled(item, uow):
            explain(item, how="match", by=settlement.reference, uow=uow)


def _differing(settlement: str, recorded: SettlementRecorded, uow: UnitOfWork) -> Found:
    return Found(
        subject=settlement_line_id(settlement, DIFFERENCE),
        kind="amount",
        currency=recorded.currency,
        amount_minor=recorded.difference_minor,
        since=recorded.settled_on or uow.occurred_at.date(),
        reason="the lines don't come to what is paid out",
    )
