"""
What a bank's answer says of each payout that a file instructed.

What is said of a transfer holds for it. What isn't said of it is what is said of its batch, then of the file; the lists
of banks are short that way. Some accepted, of several, says nothing of one that isn't named, unless the bank counts
them by status and one status is left for all that aren't named.

A rejection that the same answer contradicts isn't taken: a payout that was rejected may be paid again, and paying twice
is worse than waiting. Likewise nothing is inferred from a level that counts or sums otherwise than the file does.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from api.exchange.bank_statements.statement import Problem, amount_text
from api.exchange.credit_transfers.transfer import InstructedFile, InstructedPayout
from api.exchange.payment_status.codes import standing_of
from api.exchange.payment_status.report import Reason, Said, Standing, StatusReport, TransferStatus
from domain.money import exponent_of

Level = Literal["transfer", "batch", "file", ""]
_FURTHEST: tuple[Standing, ...] = ("unsaid", "rejected", "partly", "unknown", "pending", "accepted", "settled")
"""What is taken of two contradicting things that one answer says of a transfer: the later of these."""
_NOT_PROVIDED = "NOTPROVIDED"


class PayoutStatus(Struct, frozen=True, kw_only=True):
    """
    What an answer says of one payout.

    code: the bank's status, empty where nothing is said; said_of: on which level it is said; bank_reference: under
    which the bank keeps it. line: of the answer, where it is said, 0 where nothing is.
    """

    payout: str
    standing: Standing
    code: str = ""
    said_of: Level = ""
    reasons: tuple[Reason, ...] = ()
    bank_reference: str = ""
    line: int = 0


class PayoutStatuses(Struct, frozen=True, kw_only=True):
    """
    What an answer says of a file.

    payouts: all of the file's, in its order; strangers: transfers of the answer that the file doesn't hold; problems:
    of the answer, those of reading it included, by line.
    """

    payouts: tuple[PayoutStatus, ...]
    strangers: tuple[TransferStatus, ...]
    problems: tuple[Problem, ...]


def statuses_of(report: StatusReport, original: InstructedFile | None) -> PayoutStatuses:
    """
    Return the status of each payout in the file that an answer is about.

    original: that file; nothing where no file of the name was made. An answer about another file says nothing of its
    payouts, whatever it names.
    """
    if original is None or report.message_id != original.message_id:
        told = f"answers the file {report.message_id or '(unnamed)'}, which isn't known here"
        return PayoutStatuses(
            payouts=() if original is None else tuple(map(_unsaid, original.payouts)),
            strangers=report.transfers,
            problems=(*report.problems, Problem(report.line, told)),
        )
    return _Answer(report, original).statuses()


def _unsaid(payout: InstructedPayout, bank_reference: str = "") -> PayoutStatus:
    return PayoutStatus(payout=payout.payout, standing="unsaid", bank_reference=bank_reference)


class _Answer:
    """One answer laid against the file that it is about."""

    def __init__(self, report: StatusReport, original: InstructedFile) -> None:
        self._report = report
        self._original = original
        self._problems = list(report.problems)
        self._by_payout = {payout.payout: payout for payout in original.payouts}
        self._strangers: list[TransferStatus] = []

    def statuses(self) -> PayoutStatuses:
        said = self._said_of_payouts()
        of_batches = self._said_of_batches(said)
        of_file = self._level(self._report.said, self._original.payouts, said, "the file")
        payouts = tuple(
            self._status(payout, said.get(payout.payout, []), of_batches.get(payout.batch), of_file)
            for payout in self._original.payouts
        )
        return PayoutStatuses(
            payouts=payouts,
            strangers=tuple(self._strangers),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
        )

    def _said_of_payouts(self) -> dict[str, list[TransferStatus]]:
        said: dict[str, list[TransferStatus]] = defaultdict(list)
        for transfer in self._report.transfers:
            payout = self._payout_of(transfer)
            if payout is None:
                self._strangers.append(transfer)
                named = transfer.end_to_end_id or transfer.instruction_id or "(unnamed)"
                self._problem(transfer.line, f"the payment {named} isn't in the file")
                continue
            if transfer.amount is not None and transfer.amount != payout.amount:
                theirs = f"{amount_text(transfer.amount.minor, transfer.amount.currency)} {transfer.amount.currency}"
                self._problem(transfer.line, f"{payout.payout}: {theirs} in the answer, {payout.amount} in the file")
            said[payout.payout].append(transfer)
        return dict(said)

    def _payout_of(self, transfer: TransferStatus) -> InstructedPayout | None:
        """Return the payout by its end-to-end id, by the instruction's where the bank leaves that out."""
        named = transfer.end_to_end_id
        if not named or named.upper() == _NOT_PROVIDED:
            named = transfer.instruction_id
        return self._by_payout.get(named)

    def _said_of_batches(self, said: dict[str, list[TransferStatus]]) -> dict[str, Said]:
        payouts: dict[str, list[InstructedPayout]] = defaultdict(list)
        for payout in self._original.payouts:
            payouts[payout.batch].append(payout)
        levels: dict[str, list[Said]] = defaultdict(list)
        for batch in self._report.batches:
            if batch.batch in payouts:
                level = self._level(batch.said, payouts[batch.batch], said, f"the batch {batch.batch}")
                levels[batch.batch].append(level)
            elif batch.batch:
                self._problem(batch.said.line, f"the batch {batch.batch} isn't in the file")
        return {batch: self._furthest(batch, found) for batch, found in levels.items()}

    def _level(
        self,
        level: Said,
        payouts: Sequence[InstructedPayout],
        said: dict[str, list[TransferStatus]],
        what: str,
    ) -> Said:
        """Return what is said of those payouts of a level that aren't named."""
        if problem := _disagreement(level, payouts):
            self._problem(level.line, f"{what} {problem}: nothing is inferred from its status")
            return Said()
        if level.standing != "partly":
            return level
        return _left_over(level, payouts, said)

    def _status(
        self, payout: InstructedPayout, named: list[TransferStatus], of_batch: Said | None, of_file: Said
    ) -> PayoutStatus:
        own = self._furthest(payout.payout, [each.said for each in named]) if named else Said()
        levels: list[tuple[Level, Said]] = [("transfer", own), ("batch", of_batch or Said()), ("file", of_file)]
        told = [(level, said) for level, said in levels if said.standing != "unsaid"]
        reference = next((each.bank_reference for each in named if each.bank_reference), "")
        if not told:
            return _unsaid(payout, reference)
        said_of, said = self._taken(payout.payout, told)
        return PayoutStatus(
            payout=payout.payout,
            standing=said.standing,
            code=said.code,
            said_of=said_of,
            reasons=said.reasons,
            bank_reference=reference,
            line=said.line,
        )

    def _taken(self, payout: str, told: list[tuple[Level, Said]]) -> tuple[Level, Said]:
        """Return what is said nearest to the payout, unless that rejects what a level above has settled."""
        nearest, *above = told
        settled = next((each for each in above if each[1].standing == "settled"), None)
        if nearest[1].standing == "rejected" and settled:
            self._problem(nearest[1].line, f"{payout}: rejected, though what it is in was settled")
            return settled
        if nearest[1].standing != "rejected" and any(said.standing == "rejected" for _, said in above):
            self._problem(nearest[1].line, f"{payout}: {nearest[1].code}, though what it is in was rejected")
        return nearest

    def _furthest(self, what: str, found: Sequence[Said]) -> Said:
        if len({each.standing for each in found}) > 1:
            codes = ", ".join(each.code or "nothing" for each in found)
            self._problem(found[0].line, f"{what}: the answer says several things of it: {codes}")
        return max(found, key=lambda each: _FURTHEST.index(each.standing))

    def _problem(self, line: int, reason: str) -> None:
        self._problems.append(Problem(line, reason))


def _disagreement(level: Said, payouts: Sequence[InstructedPayout]) -> str:
    """Return how a level counts or sums otherwise than the file; 0 is what banks say that couldn't read it."""
    if level.original_count not in {None, 0, len(payouts)}:
        return f"held {level.original_count} payments as the bank has it, and {len(payouts)} as it was written"
    total = sum(Fraction(each.amount.minor, 10 ** exponent_of(each.amount.currency)) for each in payouts)
    if level.original_sum not in {None, Fraction(0), total}:
        return "comes to another sum as the bank has it than as it was written"
    return ""


def _left_over(level: Said, payouts: Sequence[InstructedPayout], said: dict[str, list[TransferStatus]]) -> Said:
    """Return the one status that is left for the payouts of a level that aren't named, by the bank's own count."""
    left = Counter({each.code: each.transfers for each in level.counted})
    unnamed = 0
    for payout in payouts:
        named = said.get(payout.payout)
        if named:
            left[named[0].said.code] -= 1
        else:
            unnamed += 1
    remaining = {code: count for code, count in left.items() if count}
    if list(remaining.values()) != [unnamed]:
        return Said(line=level.line)
    (code,) = remaining
    standing = standing_of(code)
    return Said() if standing == "partly" else Said(code=code, standing=standing, line=level.line)
