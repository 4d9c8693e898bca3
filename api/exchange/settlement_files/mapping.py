"""
A mapping says, as data, how the rows of a payment provider's file are the lines of its payouts.

It is a TOML file: one that comes with the product, called by name, or anybody's own, called by path. What a field of it
means stands here and in `Layout`, beside the field.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from api.exchange.cells import AmountColumns, Source
from api.exchange.csv_records import Layout, layout_problems
from api.exchange.mapping import raised
from api.exchange.mapping_files import known_in, load_from
from api.exchange.settlement_files.settlement import Kind
from domain.money import exponent_of
from domain.references import key
from domain.settlement import FEES, TAXES

_FOLDER = Path(__file__).parent / "mappings"


class SettlementMapping(Layout, frozen=True, kw_only=True):
    """
    How one provider's file is read.

    settlement: the column with the payout's reference; kind: the column with the kind of a row, whose words `kinds`
    translates: `payout` is the row that says what is paid out, `pass` one that says nothing. gross, fee, tax: columns
    with what was paid and what the provider took; where a file has no net, it is derived. fee_includes_tax: the fee's
    column has the tax in it. gross_is_unsigned: the gross has no sign, it is the net's. taken_is_negative: what the
    provider took stands there with a minus. in_minor_units: amounts are whole minor units. total: a column that says
    on each row what the whole payout is. settled_on_format: where it isn't date_format. tax_account: where the tax on
    the fee is booked, with the fee unless it can be reclaimed (`tax:gst-input`).
    """

    provider: str
    settlement: str
    currency: Source
    kind: str
    kinds: dict[str, Kind | Literal["payout", "pass"]]
    gross: str
    fee: str
    tax: str = ""
    net: AmountColumns = AmountColumns()
    fee_includes_tax: bool = False
    gross_is_unsigned: bool = False
    taken_is_negative: bool = False
    in_minor_units: bool = False
    total: str = ""
    tax_account: str = FEES
    settled_on: str = ""
    settled_on_format: str = ""
    bank_reference: str = ""
    reference: tuple[str, ...] = ()
    payment_reference: str = ""
    occurred_on: str = ""
    description: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named, each once."""
        named = (
            self.settlement,
            self.currency.column,
            self.kind,
            self.gross,
            self.fee,
            self.tax,
            *self.net.columns,
            self.total,
            self.settled_on,
            self.bank_reference,
            *self.reference,
            self.payment_reference,
            self.occurred_on,
            self.description,
        )
        return tuple(dict.fromkeys(filter(None, named)))


def load_settlement_mapping(name_or_file: str) -> SettlementMapping:
    """
    Read a mapping of settlement files, by name, or by a path that ends in `.toml`.

    Raises, in this order: MappingNotFound, MappingMalformed.
    """
    return load_from(_FOLDER, name_or_file, of=SettlementMapping, problems=_problems)


def known_settlement_mappings() -> tuple[str, ...]:
    """Return the names of the mappings of settlement files that come with the product."""
    return known_in(_FOLDER)


def _problems(mapping: SettlementMapping) -> Iterator[tuple[str, str]]:
    for name in ("name", "provider"):
        yield from raised(f"$.{name}", partial(key, getattr(mapping, name), field=name))
    yield from layout_problems(mapping, mapping.columns)
    if not mapping.currency.is_one:
        yield "$.currency", "needs one of `fixed`, `column` and `label`"
    if mapping.currency.fixed:
        yield from raised("$.currency.fixed", lambda: exponent_of(mapping.currency.fixed))
    for name in ("settlement", "kind", "gross", "fee"):
        if not getattr(mapping, name):
            yield f"$.{name}", "needs a column"
    yield from _amount_problems(mapping)
    if mapping.tax_account not in TAXES:
        yield "$.tax_account", f"not one of {', '.join(TAXES)}"
    if not mapping.kinds:
        yield "$.kinds", "translates no word"
    for column in mapping.optional:
        if column not in mapping.columns:
            yield "$.optional", f"{column}: no field of the mapping names it"


def _amount_problems(mapping: SettlementMapping) -> Iterator[tuple[str, str]]:
    if mapping.net.columns and not mapping.net.is_one_way:
        yield "$.net", "needs either `signed`, or `debit` and `credit`, or `unsigned` and `indicator`, or nothing"
    if mapping.gross_is_unsigned and not mapping.net.columns:
        yield "$.gross_is_unsigned", "needs a `net` that says the direction"
    if mapping.fee_includes_tax and not mapping.tax:
        yield "$.fee_includes_tax", "needs a column with the `tax`"
