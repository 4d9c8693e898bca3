"""Shapes: amounts are money in every answer and every body, in one currency, and what was shown can be said again."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.app import app_of
from api.commands.body_shapes import AmountsDiffer, read_as, said_fields, said_struct
from api.http.answers import ANSWERED, COMPONENTS, component
from api.http.shapes import AmountWithoutCurrency, fields_in, is_amount, schema_of, shown
from api.payees import PayeeView
from domain import commands
from domain.claim import Remedy
from domain.commands import Command, PublicCommand
from domain.explanation import Figure
from domain.journal import Posting
from domain.money import MINOR_MAX, Money
from domain.order import Line
from domain.rules import Rules
from projections.balances import Balance, TrialBalanceLine
from projections.journal import PostedEntry
from projections.orders import OrderRow
from tests.all_causes import REFUSED

ROWS = (OrderRow, Balance, TrialBalanceLine, PostedEntry, PayeeView)


def plain(value: Any, currency: str | None = None) -> Any:
    return msgspec.to_builtins(shown(value, currency))


def said_of(command: Command) -> Any:
    """Return a command as a caller would say it."""
    try:
        body = plain(command)
    except AmountWithoutCurrency:
        body = plain(command, "USD")
    said = {name for name, *_ in said_fields(type(command))}
    return {name: value for name, value in body.items() if name in said}


def test_an_amount_is_money_in_the_currency_of_its_struct_or_of_the_one_around() -> None:
    assert plain(Balance("hold:PO-1", "USD", 5)) == {
        "account": "hold:PO-1",
        "currency": "USD",
        "balance": {"currency": "USD", "minor": 5},
    }
    figure = Figure(kind="posting", label="", amount_minor=1, currency="INR", entry=(Posting("a", "JPY", 2),))
    told = plain(figure)
    assert told["amount"] == {"currency": "INR", "minor": 1}
    assert told["entry"][0]["amount"] == {"currency": "JPY", "minor": 2}
    assert "terms" not in told
    assert plain(Remedy(kind="refund", amount_minor=3), "EUR")["amount"] == {"currency": "EUR", "minor": 3}


def test_an_amount_without_a_currency_is_a_defect() -> None:
    with pytest.raises(AmountWithoutCurrency):
        shown(Remedy(kind="refund", amount_minor=3))


def test_tables_by_currency_are_money_in_the_currency_of_the_key() -> None:
    rules = plain(Rules(four_eyes_from_minor={"INR": 7, "USD": 0}))
    assert rules["four_eyes_from"] == {"INR": {"currency": "INR", "minor": 7}, "USD": {"currency": "USD", "minor": 0}}


@given(st.one_of([st.from_type(row) for row in ROWS]))
def test_whatever_is_shown_fits_its_schema(row: Any) -> None:
    (schema,), components = schema_of(type(row))
    document = {**schema, "components": {"schemas": {**components, "Money": {}}}}
    assert not list(leftovers(plain(row, "USD")))
    jsonschema_rs.validate(document, plain(row, "USD"))


@pytest.mark.parametrize("answered", ROWS)
def test_no_schema_speaks_of_minor_units_but_money(answered: Any) -> None:
    _, components = schema_of(answered)
    named = {name for each in components.values() for name in each.get("properties", {})}
    assert not {name for name in named if name.endswith("_minor") and name != "exact_minor"}


def test_every_answer_says_the_currency_of_each_of_its_amounts() -> None:
    assert app_of().routes
    assert len(ANSWERED) > len(ROWS)
    assert [lacking for answered in ANSWERED for lacking in without_currency(answered)] == []


def test_types_of_one_name_are_two_components() -> None:
    class Twin(msgspec.Struct):
        amount: int

    first = component(Twin)
    other = type("Twin", (msgspec.Struct,), {"__annotations__": {"text": str}, "__module__": "a.b_c"})
    second = component(other)
    assert first != second
    assert {*COMPONENTS[first["$ref"].rpartition("/")[2]]["properties"]} == {"amount"}
    assert {*COMPONENTS[second["$ref"].rpartition("/")[2]]["properties"]} == {"text"}


@pytest.mark.parametrize("command", PublicCommand.__args__, ids=lambda each: each.__name__)
def test_a_command_that_is_said_as_it_is_shown_is_the_same_command(command: type[Command]) -> None:
    example = REFUSED[command].command
    said = msgspec.convert(said_of(example), said_struct(command), strict=False)
    read = read_as(command, said)
    if "currency" in command.__struct_fields__:
        read = replace(read, currency=getattr(example, "currency", ""))
    assert read == example


@given(st.dictionaries(st.sampled_from(["USD", "INR", "JPY"]), st.integers(-MINOR_MAX, MINOR_MAX)))
def test_rules_are_read_as_they_were_shown(thresholds: dict[str, int]) -> None:
    rules = Rules(four_eyes_from_minor=thresholds)
    assert read_as(Rules, msgspec.convert(plain(rules), said_struct(Rules), strict=False)) == rules


def test_amounts_that_name_another_currency_are_all_named() -> None:
    body = {
        "order": "PO-1",
        "buyer": "BUY-1",
        "exporter": "EXP-1",
        "currency": "USD",
        "lines": [line(1, "USD"), line(2, "EUR")],
        "steps": [{"name": "whole", "amount": {"minor": 2, "currency": "INR"}, "trigger": "acceptance"}],
        "transport_mode": "sea",
        "ship_by": "2026-12-01",
    }
    with pytest.raises(AmountsDiffer) as refused:
        read_as(commands.PlaceOrder, msgspec.convert(body, said_struct(commands.PlaceOrder), strict=False))
    assert [each.pointer for each in refused.value.faults] == ["/lines/1/amount/currency", "/steps/0/amount/currency"]
    assert refused.value.needed == "USD"


def test_a_currency_that_the_body_leaves_open_is_that_of_its_amounts() -> None:
    change = {"lines": [{"line": 1, "quantity": 1, "amount": {"minor": 9, "currency": "JPY"}}]}
    said = msgspec.convert({"order": "PO-1", "side": "buyer", "change": change}, said_struct(commands.ProposeAmendment))
    read = read_as(commands.ProposeAmendment, said)
    assert isinstance(read, commands.ProposeAmendment)
    assert (read.currency, read.change.lines[0].amount_minor) == ("JPY", 9)
    silent = msgspec.convert(
        {"order": "PO-1", "side": "buyer", "change": {"ship_by": "2026-12-01"}}, said_struct(commands.ProposeAmendment)
    )
    read = read_as(commands.ProposeAmendment, silent)
    assert isinstance(read, commands.ProposeAmendment)
    assert (read.currency, read.change.ship_by) == ("", date(2026, 12, 1))


def test_nothing_unknown_is_taken_however_deep_it_stands() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"minor": 1, "currency": "USD", "scale": 2}, said_struct(Money))
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert(line(1, "USD") | {"amount_minor": 1}, said_struct(Line))


def line(number: int, currency: str) -> dict[str, Any]:
    return {"number": number, "sku": "S", "quantity": 1, "amount": {"minor": 1, "currency": currency}}


def leftovers(value: Any) -> Iterator[str]:
    """Yield names of fields that are still minor units."""
    if isinstance(value, dict):
        yield from (name for name in value if name.endswith("_minor"))
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leftovers(each)


def without_currency(annotation: Any, *, enclosed: bool = False, path: str = "") -> Iterator[str]:
    """Yield where values of a type have amounts in no currency."""
    if len(path.split(".")) > 8:
        return
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        if annotation is Money:
            return
        spoken = enclosed or "currency" in annotation.__struct_fields__
        for field in fields_in(annotation):
            by_key = "dict" in str(field.type)
            if is_amount(field.name, field.type) and not (spoken or by_key):
                yield f"{path}.{annotation.__name__}.{field.name}"
            yield from without_currency(
                field.type, enclosed=spoken or field.name == "by_currency", path=f"{path}.{field.name}"
            )
        return
    for inner in getattr(annotation, "__args__", ()):
        yield from without_currency(inner, enclosed=enclosed, path=path)
