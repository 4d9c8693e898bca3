"""A tally counts, while an import runs, what its report and its progress say."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from api.exchange.order_file_report import ImportReport, Progress, Stage
from api.exchange.order_index import OrderIndex
from api.exchange.order_rows import RowRejected
from domain.errors import LedgerError
from ledger.outcomes import Accepted, Rejected
from ledger.writer import Answer


@dataclass(kw_only=True)
class Tally:
    """What was counted so far. rows_accepted are those of orders; rows that give money back count at the end."""

    bytes_read: int = 0
    bytes_total: int = 0
    rows_read: int = 0
    rows_accepted: int = 0
    rows_settled: int = 0
    orders: int = 0
    refunds: int = 0
    commands_accepted: int = 0
    commands_unchanged: int = 0
    commands_refused: int = 0

    def first_refused(self, said: Sequence[str], answers: Sequence[Answer]) -> RowRejected | None:
        """Count the answers to what was said, and return the first that isn't a yes as a reason to reject rows."""
        refused: RowRejected | None = None
        for verb, answer in zip(said, answers, strict=True):
            if isinstance(answer, Accepted):
                self.commands_accepted += not answer.repeated
                self.commands_unchanged += answer.repeated
            else:
                self.commands_refused += 1
                refused = refused or _rejected(verb, answer)
        return refused

    def progress(self, stage: Stage) -> Progress:
        """Return how far the import is."""
        return Progress(
            stage=stage,
            bytes_read=self.bytes_read,
            bytes_total=self.bytes_total,
            rows_read=self.rows_read,
            rows_settled=self.rows_settled,
            commands_answered=self.commands_accepted + self.commands_unchanged + self.commands_refused,
        )

    def report(self, index: OrderIndex, rejects: Path, *, dry_run: bool) -> ImportReport:
        """Return what the import came to; the index is settled."""
        unaccepted = index.counts()
        return ImportReport(
            rows_read=self.rows_read,
            rows_accepted=self.rows_accepted + unaccepted.refund_rows_accepted,
            rows_rejected=sum(unaccepted.rejected_by_reason.values()),
            rows_partly_rejected=unaccepted.rows_partly_rejected,
            orders=self.orders,
            refunds=self.refunds,
            commands_accepted=self.commands_accepted,
            commands_unchanged=self.commands_unchanged,
            commands_refused=self.commands_refused,
            rejected_by_reason=unaccepted.rejected_by_reason,
            partly_rejected_units=unaccepted.partly_rejected_units,
            rejects=str(rejects),
            dry_run=dry_run,
        )


def _rejected(verb: str, answer: Rejected | Exception) -> RowRejected:
    if isinstance(answer, Rejected):
        return RowRejected(reason=answer.code, detail=_detail(verb, answer.details))
    if isinstance(answer, LedgerError):
        return RowRejected(reason=answer.code, detail=_detail(verb, answer.details()))
    return RowRejected(reason="ledger.defect", detail=f"{verb}: {answer!r}")


def _detail(verb: str, details: dict[str, Any]) -> str:
    attributes = msgspec.to_builtins(details)
    return f"{verb}: {json.dumps(attributes, ensure_ascii=False)}"
