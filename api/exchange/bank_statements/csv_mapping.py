"""
A mapping says, as data, how the rows of a bank's CSV file are entries of an account: columns, signs, dates, numbers.

It is a TOML file: one that comes with the product, called by name, or anybody's own, called by path. What a field of it
means stands here and in `Layout`, beside the field; those in the folder `mappings` are there to start from.
"""

from collections.abc import Iterator
from pathlib import Path

from api.exchange.cells import AmountColumns, Source
from api.exchange.csv_records import Layout, layout_problems
from api.exchange.mapping import raised
from api.exchange.mapping_files import known_in, load_from
from domain.money import exponent_of
from domain.references import key

_FOLDER = Path(__file__).parent / "mappings"


class CsvMapping(Layout, frozen=True, kw_only=True):
    """
    How one bank's CSV file is read.

    booking_date, value_date: columns; where a file has one day only, it stands for both. balance: the running one
    after each row, out of which the opening and the closing balance are derived. newest_first: how rows are ordered;
    where it isn't said, the running balances tell. pending: a column, and the words in it that say that a row is only
    announced. remittance: columns whose texts are put one behind the other.
    """

    account: Source
    currency: Source
    booking_date: str
    amount: AmountColumns
    value_date: str = ""
    balance: str = ""
    newest_first: bool | None = None
    reference: str = ""
    bank_reference: str = ""
    end_to_end_id: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    code: str = ""
    remittance: tuple[str, ...] = ()
    return_reason: str = ""
    pending: str = ""
    pending_words: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named, each once."""
        named = (
            self.account.column,
            self.currency.column,
            self.booking_date,
            self.value_date,
            *self.amount.columns,
            self.balance,
            self.reference,
            self.bank_reference,
            self.end_to_end_id,
            self.counterparty,
            self.counterparty_account,
            self.code,
            *self.remittance,
            self.return_reason,
            self.pending,
        )
        return tuple(dict.fromkeys(filter(None, named)))


def load_csv_mapping(name_or_file: str) -> CsvMapping:
    """
    Read a mapping of bank statements, by name, or by a path that ends in `.toml`.

    Raises, in this order: MappingNotFound, MappingMalformed.
    """
    return load_from(_FOLDER, name_or_file, of=CsvMapping, problems=_problems)


def known_csv_mappings() -> tuple[str, ...]:
    """Return the names of the mappings of bank statements that come with the product."""
    return known_in(_FOLDER)


def _problems(mapping: CsvMapping) -> Iterator[tuple[str, str]]:
    yield from raised("$.name", lambda: key(mapping.name, field="name"))
    yield from layout_problems(mapping, mapping.columns)
    for name in ("account", "currency"):
        source: Source = getattr(mapping, name)
        if not source.is_one:
            yield f"$.{name}", "needs one of `fixed`, `column` and `label`"
    if mapping.currency.fixed:
        yield from raised("$.currency.fixed", lambda: exponent_of(mapping.currency.fixed))
    if not mapping.booking_date and not mapping.value_date:
        yield "$.booking_date", "needs a column"
    if not mapping.amount.is_one_way:
        yield "$.amount", "needs either `signed`, or `debit` and `credit`, or `unsigned` and `indicator`"
    if bool(mapping.pending) != bool(mapping.pending_words):
        yield "$.pending", "needs both `pending` and `pending_words`, or neither"
    for column in mapping.optional:
        if column not in mapping.columns:
            yield "$.optional", f"{column}: no field of the mapping names it"
