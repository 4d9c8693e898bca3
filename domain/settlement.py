"""
A settlement is what a payment provider pays out in one sum, with every payment, refund, chargeback and fee in it.

Recording it takes the gross of its lines off the provider's account, books the fees, and leaves what is paid out as one
open item that a line of a bank's statement shows. What each line is, is said after that, and posts only where it is no
posting on the provider's account. Source: shared reference, section 2.8.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.accounts import check_control
from domain.aggregate import Aggregate, begun
from domain.commitment import SHA256, Commitment, check_commitment
from domain.money import exponent_of, ranged
from domain.references import KEY, key
from domain.settlement_events import (
    LineTarget,
    SettledLine,
    SettlementEvent,
    SettlementLinesCleared,
    SettlementLinesRecorded,
    SettlementLinesReopened,
    SettlementRecorded,
)
from domain.settlement_refusals import (
    SettlementAlreadyRecorded,
    SettlementLineNotCleared,
    SettlementLineNotOpen,
    SettlementMalformed,
    SettlementTargetsDiffer,
)

PAID_OUT = ".settled"
"""What stands behind the name of a provider's account where its payouts wait for the bank."""

FEES = "expense:payment-fees"
TAXES = (FEES, "tax:gst-input")
"""Where the tax on a provider's fee may go: with the fee, or where it is reclaimed."""

PART_LINES_MAX = 100
LINES_MAX = 20_000
TARGETS_MAX = 500
"""Of one event: it stays below what a log can prove."""

REASON_MAX = 300
DIFFERENCE = 0
"""The number of the line that stands for what a settlement differs by."""


class SettlementPart(Struct, frozen=True, kw_only=True, gc=False):
    """Up to 100 lines; detail: stands for what the provider wrote beside their numbers."""

    lines: tuple[SettledLine, ...]
    detail: Commitment


class SettlementTold(Struct, frozen=True, kw_only=True):
    """What a provider says of a settlement as a whole; see SettlementRecorded. net_minor: nothing where it doesn't."""

    currency: str
    settled_on: date | None = None
    bank_reference: str = ""
    tax_account: str = FEES
    mapping: str
    file_sha256: str
    unread: int = 0
    net_minor: int | None = None
    detail: Commitment


class Settlement(Aggregate, frozen=True, kw_only=True):
    """
    A settlement as it stands.

    amounts: what there is to be explained of each line, by its number, in minor units; cleared: what lines are.
    """

    account: str
    currency: str
    settled_on: date | None
    amounts: Mapping[int, int]
    cleared: Mapping[int, tuple[LineTarget, ...]] = {}

    def is_open(self, line: int) -> bool:
        """Return whether there is something of a line that nobody explained yet."""
        return line in self.amounts and line not in self.cleared

    def check_targets(self, targets: Sequence[LineTarget]) -> None:
        """
        Check that parts may be what their lines are.

        Raises, in this order: SettlementMalformed (targets), AmountOutOfRange, SettlementLineNotOpen,
        SettlementTargetsDiffer.
        """
        items = [(each.line, each.item) for each in targets if each.item]
        if not 1 <= len(targets) <= TARGETS_MAX or len(set(items)) < len(items):
            raise SettlementMalformed(field="targets", problem=f"not 1 to {TARGETS_MAX}, no item of a line twice")
        if not all(each.amount_minor for each in targets):
            raise SettlementMalformed(field="targets", problem="one of nothing")
        for each in targets:
            ranged(each.amount_minor)
        sums: dict[int, int] = {}
        for each in targets:
            sums[each.line] = sums.get(each.line, 0) + each.amount_minor
        for line in sums:
            if not self.is_open(line):
                raise SettlementLineNotOpen(settlement=self.reference, line=line)
        for line, targets_minor in sums.items():
            if targets_minor != self.amounts[line]:
                raise SettlementTargetsDiffer(
                    settlement=self.reference,
                    line=line,
                    amount_minor=self.amounts[line],
                    targets_minor=targets_minor,
                )

    def clear(self, targets: Sequence[LineTarget], *, rule: str, reason: str, actor: str) -> SettlementLinesCleared:
        """Say what lines are, by targets that were checked. The rule is a key, the reason a sentence."""
        return SettlementLinesCleared(
            account=self.account,
            currency=self.currency,
            amount_minor=sum(each.amount_minor for each in targets),
            targets=tuple(targets),
            rule=rule,
            reason=reason,
            cleared_by=actor,
        )

    def reopen(self, lines: Sequence[int], *, reason: str, actor: str) -> SettlementLinesReopened:
        """
        Take back what lines are. The reason is a code.

        Raises, in this order: ReferenceMalformed, SettlementMalformed (lines), SettlementLineNotCleared.
        """
        key(reason, field="reason")
        targets = tuple(each for line in lines for each in self.cleared.get(line, ()))
        if not 1 <= len(set(lines)) == len(lines) or len(targets) > TARGETS_MAX:
            raise SettlementMalformed(field="lines", problem=f"none, one twice, or more than {TARGETS_MAX} parts")
        for line in lines:
            if line not in self.cleared:
                raise SettlementLineNotCleared(settlement=self.reference, line=line)
        return SettlementLinesReopened(
            account=self.account,
            currency=self.currency,
            amount_minor=sum(each.amount_minor for each in targets),
            targets=targets,
            reason=reason,
            reopened_by=actor,
        )


def check_said(rule: str, reason: str) -> None:
    """
    Check by which rule, a key, and for which reason, a sentence, lines are something.

    Raises, in this order: ReferenceMalformed, SettlementMalformed.
    """
    key(rule, field="rule")
    if not (len(reason) <= REASON_MAX and reason.isprintable()):
        raise SettlementMalformed(field="reason", problem=f"not up to {REASON_MAX} printable characters")


def record(
    before: Settlement | None, *, reference: str, account: str, told: SettlementTold, parts: Sequence[SettlementPart]
) -> SettlementRecorded:
    """
    Take a settlement in as its provider says it, right or not; account: where the provider's money stands.

    Raises, in this order: AccountUnknown, AccountUnfit, CurrencyUnknown, SettlementMalformed (account, bank_reference,
    mapping, file_sha256, unread, parts, number, reference), AmountOutOfRange, CommitmentMalformed,
    SettlementAlreadyRecorded.
    """
    check_control(f"{account}{PAID_OUT}", ("clearing",))
    check_control(told.tax_account, TAXES)
    exponent_of(told.currency)
    lines = [line for part in parts for line in part.lines]
    if account.endswith(PAID_OUT):
        raise SettlementMalformed(field="account", problem=f"ends with {PAID_OUT}")
    _check_told(told)
    _check_lines(told, parts, lines)
    for line in lines:
        for amount_minor in (line.gross_minor, line.fee_minor, line.tax_minor, line.net_minor):
            ranged(amount_minor)
    event = _recorded(account, told, lines)
    for amount_minor in (event.gross_minor, event.fee_minor, event.tax_minor, event.net_minor, event.difference_minor):
        ranged(amount_minor)
    check_commitment(told.detail, "detail")
    for part in parts:
        check_commitment(part.detail, "detail")
    if before:
        raise SettlementAlreadyRecorded(settlement=reference)
    return event


def evolve(settlement: Settlement | None, event: SettlementEvent, reference: str, _at: datetime) -> Settlement:
    """Apply an event of a settlement."""
    match event:
        case SettlementRecorded():
            return Settlement(
                reference=reference,
                account=event.account,
                currency=event.currency,
                settled_on=event.settled_on,
                amounts={DIFFERENCE: event.difference_minor} if event.difference_minor else {},
            )
        case SettlementLinesRecorded():
            found = begun(settlement)
            return replace(found, amounts={**found.amounts, **_to_explain(event.lines)})
        case SettlementLinesCleared():
            found = begun(settlement)
            cleared: dict[int, tuple[LineTarget, ...]] = {}
            for target in event.targets:
                cleared[target.line] = (*cleared.get(target.line, ()), target)
            return replace(found, cleared={**found.cleared, **cleared})
        case SettlementLinesReopened():
            found = begun(settlement)
            gone = {target.line for target in event.targets}
            left = {line: targets for line, targets in found.cleared.items() if line not in gone}
            return replace(found, cleared=left)


def _recorded(account: str, told: SettlementTold, lines: Sequence[SettledLine]) -> SettlementRecorded:
    gross_minor = sum(line.gross_minor for line in lines if line.kind != "fee")
    fee_minor = sum(line.fee_minor - (line.gross_minor if line.kind == "fee" else 0) for line in lines)
    tax_minor = sum(line.tax_minor for line in lines)
    net_minor = told.net_minor
    if net_minor is None:
        net_minor = sum(line.net_minor for line in lines)
    return SettlementRecorded(
        currency=told.currency,
        settled_on=told.settled_on,
        reference=told.bank_reference,
        account=account,
        paid_into=f"{account}{PAID_OUT}",
        tax_account=told.tax_account,
        mapping=told.mapping,
        file_sha256=told.file_sha256,
        lines=len(lines),
        unread=told.unread,
        gross_minor=gross_minor,
        fee_minor=fee_minor,
        tax_minor=tax_minor,
        net_minor=net_minor,
        difference_minor=net_minor + fee_minor + tax_minor - gross_minor,
        detail=told.detail,
    )


def _to_explain(lines: Sequence[SettledLine]) -> dict[int, int]:
    """Return what there is to be explained of lines: what the provider took for itself is booked already."""
    return {line.number: line.gross_minor for line in lines if line.kind != "fee" and line.gross_minor}


def _check_told(told: SettlementTold) -> None:
    if told.bank_reference and not KEY.fullmatch(told.bank_reference):
        raise SettlementMalformed(field="bank_reference", problem="no key")
    if not KEY.fullmatch(told.mapping):
        raise SettlementMalformed(field="mapping", problem="no key")
    if not SHA256.fullmatch(told.file_sha256):
        raise SettlementMalformed(field="file_sha256", problem="no SHA-256 in hexadecimal")
    if told.unread < 0:
        raise SettlementMalformed(field="unread", problem="below zero")


def _check_lines(told: SettlementTold, parts: Sequence[SettlementPart], lines: Sequence[SettledLine]) -> None:
    if len(lines) > LINES_MAX or not all(1 <= len(part.lines) <= PART_LINES_MAX for part in parts):
        raise SettlementMalformed(
            field="parts", problem=f"not up to {LINES_MAX} lines, in parts of 1 to {PART_LINES_MAX}"
        )
    if not lines and told.net_minor is None:
        raise SettlementMalformed(field="parts", problem="no line, and no sum")
    if [line.number for line in lines] != list(range(1, len(lines) + 1)):
        raise SettlementMalformed(field="number", problem="not from 1 upwards")
    for line in lines:
        for said in (line.reference, line.payment_reference):
            if said and not KEY.fullmatch(said):
                raise SettlementMalformed(field="reference", problem=f"of line {line.number} is no key")
