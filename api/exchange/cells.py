"""Cells of a table as banks and payment providers write them: amounts, words, and what stands there for all rows."""

import re
from collections.abc import Callable, Sequence

from api.exchange.bank_statements.statement import minor_of
from api.exchange.csv_records import Layout, Record, Table, text_of
from api.exchange.mapping import Part

_BLANK = frozenset({"", "-", "\u2013", "--"})
_MINUS = "\u2212"
NO_AMOUNT, _BOTH = "has no amount", "has a debit and a credit"


class Source(Part, frozen=True, kw_only=True):
    """
    Where a word for the whole file, or each of its rows, comes from: `fixed`, a `column`, or a `label`.

    A label is what stands before the word in a row before the heading, as `Account No`: the word is what follows it,
    in its cell after a colon or an equals sign, or in the next cell that isn't blank.
    """

    fixed: str = ""
    column: str = ""
    label: str = ""

    @property
    def is_one(self) -> bool:
        """Return whether it says one of its three ways."""
        return sum(map(bool, (self.fixed, self.column, self.label))) == 1


class AmountColumns(Part, frozen=True, kw_only=True):
    """
    Where an amount and its direction stand: `signed` alone; or `debit` and `credit`, of which a row fills one; or
    `unsigned` and `indicator`, a column with a word for a debit or a credit.

    debit_is_negative: amounts in the column of debits have a minus, which says nothing more.
    """

    signed: str = ""
    debit: str = ""
    credit: str = ""
    unsigned: str = ""
    indicator: str = ""
    debit_is_negative: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        return tuple(filter(None, (self.signed, self.debit, self.credit, self.unsigned, self.indicator)))

    @property
    def is_one_way(self) -> bool:
        """Return whether it says one of its three ways, and all of it."""
        ways = ((self.signed,), (self.debit, self.credit), (self.unsigned, self.indicator))
        return sum(any(way) for way in ways) == 1 and any(all(way) for way in ways)


def amount_minor(cell: str, currency: str, layout: Layout) -> int | None:
    """
    Return an amount, below zero for a minus, brackets or a word for a debit beside it; nothing for a blank cell.

    Raises: ValueError, and what `minor_of` does.
    """
    said = text_of(cell).replace(_MINUS, "-")
    for word in layout.take_off:
        said = said.replace(word, "")
    said = said.strip()
    if said in _BLANK:
        return None
    bare, marks = _without_signs(said, layout)
    if len(marks) > 1:
        raise ValueError(f"{cell.strip()!r} says its direction twice")
    minor = minor_of(_plain(bare, layout), currency)
    return -minor if marks == ["-"] else minor


def amount_of_columns(
    columns: AmountColumns, said: Callable[[str], int | None], row: Record, table: Table, layout: Layout
) -> int:
    """
    Return a row's amount with its direction, below zero for a debit. said: the amount in a column.

    Raises: ValueError, and what `said` does.
    """
    if columns.signed:
        minor = said(columns.signed)
        if minor is None:
            raise ValueError(NO_AMOUNT)
        return minor
    if columns.unsigned:
        minor = said(columns.unsigned)
        if minor is None or minor < 0:
            raise ValueError(NO_AMOUNT if minor is None else "has an amount below zero beside a mark")
        return minor * direction_of(cell_of(row, table, columns.indicator), layout)
    debit, credit = said(columns.debit), said(columns.credit)
    if debit and columns.debit_is_negative:
        debit = abs(debit)
    if debit and credit:
        raise ValueError(_BOTH)
    if debit is None and credit is None:
        raise ValueError(NO_AMOUNT)
    return (credit or 0) - (debit or 0)


def direction_of(cell: str, layout: Layout) -> int:
    """Return 1 for a word for a credit, -1 for one for a debit. Raises: ValueError."""
    said = text_of(cell).rstrip(".").casefold()
    if said in {word.casefold() for word in layout.credit_words}:
        return 1
    if said in {word.casefold() for word in layout.debit_words}:
        return -1
    raise ValueError(f"{cell.strip()!r} is no word for a debit or a credit")


def cell_of(row: Record, table: Table, column: str) -> str:
    """Return a row's cell in a column; empty where the file has no such column, or the mapping names none."""
    place = table.columns.get(column)
    return row.cells[place] if column and place is not None else ""


def word_of(source: Source, row: Record, table: Table) -> str:
    """Return the word that a source gives for a row, empty where there is none."""
    if source.fixed:
        return source.fixed
    if source.label:
        return _labelled(source.label, table.preamble)
    return text_of(cell_of(row, table, source.column))


def _without_signs(said: str, layout: Layout) -> tuple[str, list[str]]:
    marks: list[str] = []
    for words, mark in ((layout.debit_words, "-"), (layout.credit_words, "+")):
        for word in sorted(words, key=len, reverse=True):
            folded = said.casefold().rstrip(".")
            if folded.endswith(word.casefold()):
                said, marks = folded[: -len(word)].strip(), [*marks, mark]
                break
    if said.startswith("(") and said.endswith(")"):
        said, marks = said[1:-1].strip(), [*marks, "-"]
    if said[:1] in {"-", "+"}:
        said, marks = said[1:].strip(), [*marks, said[0]]
    if said[-1:] == "-":
        said, marks = said[:-1].strip(), [*marks, "-"]
    return said, marks


def _plain(said: str, layout: Layout) -> str:
    """Return an amount with a point and without thousands. Raises: ValueError."""
    mark, thousands = re.escape(layout.decimal_mark), layout.thousands_mark
    whole = "[0-9]+"
    if thousands:
        spaces = "[ \u00a0\u202f]" if thousands.isspace() else re.escape(thousands)
        whole = f"(?:[0-9]+|[0-9]{{1,3}}(?:{spaces}[0-9]{{2,3}})*{spaces}[0-9]{{3}})"
    if not re.fullmatch(f"{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+", said):
        raise ValueError(f"{said!r} is no amount")
    before, point, after = said.partition(layout.decimal_mark)
    return re.sub("[^0-9]", "", before) + (f".{after}" if point else "")


def _labelled(label: str, preamble: Sequence[Record]) -> str:
    """Return what follows a label in the rows before the heading: up to the next wide gap, in its cell or the next."""
    for row in preamble:
        for place, cell in enumerate(row.cells):
            at = cell.casefold().find(label.casefold())
            if at < 0:
                continue
            rest = cell[at + len(label) :].lstrip(" .:=\t\u00a0")
            following = [rest, *row.cells[place + 1 :]]
            said = next((each for each in following if each.strip(" :=\t")), "")
            return text_of(re.split(r"\s{2,}|\t", said.strip(" :=\t"))[0])
    return ""
