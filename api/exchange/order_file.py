"""
An order file is a CSV of real trades. Importing it says to the ledger, row by row, what the file says has happened.

First the rows are brought together by order, then the orders are said in the order of their first rows, then the
refunds in the order of their dates. Nothing is said before the whole file was read: one that breaks off imports
nothing. An import that was killed is completed by running it again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from api.exchange.command_stream import CommandStream, Group, Stream
from api.exchange.dry_run import DryRun
from api.exchange.import_rulebook import publish_import_rulebook
from api.exchange.mapping import Mapping
from api.exchange.order_commands import OrderCommands
from api.exchange.order_file_report import ImportReport, Progress, Stage, check_rejects, write_rejects
from api.exchange.order_file_tally import Tally
from api.exchange.order_index import IndexedLine, OrderIndex
from api.exchange.order_row_reader import HeadReader, OrderHead, OrderLine, RefundLine, RowReader
from api.exchange.order_rows import OrderRows, Row, RowRejected, open_order_rows
from api.exchange.refund_plan import RefundPlan
from domain.order import LINES_MAX, Line
from ledger.writer import Answer, Writer

PROGRESS_ROWS = 5_000

OnProgress = Callable[[Progress], None]


class Rows(NamedTuple):
    """How many rows an order has, and how many of them only the ledger can still refuse."""

    all: int
    acceptable: int


def import_orders(
    path: Path,
    mapping: Mapping,
    writer: Writer,
    *,
    dry_run: bool = False,
    progress: OnProgress | None = None,
    rejects: Path,
) -> ImportReport:
    """
    Import an order file into the writer's book, which is open, and write the rows that weren't accepted to `rejects`.

    A dry run submits nothing and says what an empty book would answer.

    Raises, in this order: RejectsUnwritable, OrderFileUnreadable, ColumnMissing, ColumnRepeated (so far nothing was
    submitted); ImportRulebookTaken; Unavailable, LogCorrupt (import again to complete it).
    """
    check_rejects(rejects, source=path)
    stream: Stream = DryRun(mapping.placed_under, mapping.order_rules()) if dry_run else CommandStream(writer)
    with closing(OrderIndex()) as index:
        run = _Import(path, mapping, stream, index, progress or (lambda _: None))
        run.read()
        if not dry_run:
            publish_import_rulebook(writer, mapping)
        run.record_orders()
        run.record_refunds()
        return run.report(rejects, dry_run=dry_run)


class _Import:
    """One run over one file."""

    def __init__(
        self, path: Path, mapping: Mapping, stream: Stream, index: OrderIndex, on_progress: OnProgress
    ) -> None:
        self._path = path
        self._mapping = mapping
        self._stream = stream
        self._index = index
        self._on_progress = on_progress
        self._heads = HeadReader(mapping)
        self._commands = OrderCommands(mapping)
        self._tally = Tally()

    def read(self) -> None:
        """Bring the file's rows together by order."""
        with self._open() as rows:
            reader = RowReader(self._mapping, rows)
            for row in rows:
                self._tally.rows_read = row.number
                self._read_row(row, reader)
                if row.number % PROGRESS_ROWS == 0:
                    self._show("reading", rows)
            self._show("reading", rows)
        self._index.flush()

    def record_orders(self) -> None:
        """Say every order, and wait for all answers: what was refused is no original of a refund."""
        for order, rows in self._index.orders():
            self._record_order(order, rows)
        self._stream.drain()
        self._show("recording")

    def record_refunds(self) -> None:
        """Say every refund."""
        plan = RefundPlan(self._index)
        for refund in plan:
            for take in refund.takes:
                tell = partial(self._hear_refund, plan, refund.row, take.units)
                self._stream.send(Group([self._commands.of_refund(refund, take)], 0, tell))
            self._settle("refunding", rows=1)
        self._stream.drain()
        self._show("refunding")

    def report(self, rejects: Path, *, dry_run: bool) -> ImportReport:
        """Write the rejects and say what the run came to."""
        self._index.settle()
        with self._open() as rows:
            write_rejects(rejects, rows.header, rows, self._index.unaccepted())
        self._show("reporting")
        return self._tally.report(self._index, rejects, dry_run=dry_run)

    def _open(self) -> AbstractContextManager[OrderRows]:
        return open_order_rows(self._path, encoding=self._mapping.encoding, delimiter=self._mapping.delimiter)

    def _read_row(self, row: Row, reader: RowReader) -> None:
        if row.problem:
            self._reject(row.number, row.problem)
            return
        try:
            said = reader.read(row.cells)
        except RowRejected as rejected:
            self._reject(row.number, rejected)
        else:
            if isinstance(said, RefundLine):
                self._index.add_refund(row.number, said)
            else:
                self._index.add_line(row.number, said)

    def _reject(self, row: int, rejected: RowRejected) -> None:
        self._index.reject(row, rejected)
        self._tally.rows_settled += 1

    def _record_order(self, order: str, rows: Iterator[IndexedLine]) -> None:
        first: bytes | None = None
        head: OrderHead | None = None
        lines: list[Line] = []
        accepted, count = 0, 0
        for count, (row, line) in enumerate(rows, start=1):  # noqa: B007 - the count outlives the loop
            first = first or line.head
            judged = self._judge(line, first)
            if isinstance(judged, RowRejected):
                self._index.reject(row, judged)
                continue
            head = head or judged
            accepted += 1
            if accepted <= LINES_MAX + 1:  # one too many is enough for the ledger to refuse the order
                lines.append(_line(accepted, line))
        if head is None:
            self._settle("recording", rows=count)
        else:
            self._send_order(order, head, lines, Rows(count, accepted))

    def _judge(self, line: OrderLine, first: bytes) -> OrderHead | RowRejected:
        """Return what a row says about its order, the reason that comes first if it can't be accepted."""
        difference = self._heads.difference(line.head, first)
        if difference:
            return difference
        head = self._heads.read(line.head)
        if line.reason and isinstance(head, OrderHead):
            return RowRejected(reason=line.reason, detail=line.detail)
        return head

    def _send_order(self, order: str, head: OrderHead, lines: Sequence[Line], rows: Rows) -> None:
        self._index.place(order, buyer=head.buyer, at=head.occurred_at["place"])
        said = self._commands.of_order(order, head, lines)
        tell = partial(self._hear_order, order, tuple(said), rows)
        self._stream.send(Group(tuple(said.values()), len(lines), tell))

    def _hear_order(self, order: str, said: Sequence[str], rows: Rows, answers: Sequence[Answer]) -> None:
        refused = self._tally.first_refused(said, answers)
        if refused:
            self._index.refuse(order, refused)
        else:
            self._tally.orders += 1
            self._tally.rows_accepted += rows.acceptable
        self._settle("recording", rows=rows.all)

    def _hear_refund(self, plan: RefundPlan, row: int, units: int, answers: Sequence[Answer]) -> None:
        refused = self._tally.first_refused(("refund",), answers)
        if refused:
            plan.not_done(row, units, reason=refused.reason, detail=refused.detail)
        else:
            self._tally.refunds += 1
            plan.done(row, units)

    def _settle(self, stage: Stage, *, rows: int) -> None:
        before = self._tally.rows_settled
        self._tally.rows_settled += rows
        if before // PROGRESS_ROWS != self._tally.rows_settled // PROGRESS_ROWS:
            self._show(stage)

    def _show(self, stage: Stage, rows: OrderRows | None = None) -> None:
        if rows:
            self._tally.bytes_read, self._tally.bytes_total = rows.bytes_read, rows.bytes_total
        self._on_progress(self._tally.progress(stage))


def _line(number: int, line: OrderLine) -> Line:
    return Line(number=number, sku=line.sku, quantity=line.quantity, amount_minor=line.amount_minor)
