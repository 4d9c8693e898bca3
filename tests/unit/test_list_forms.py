"""Forms of lists: CSV that reads back and starts no formula, sparse fields, and which form a caller is given."""

import csv
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from api.http.faults import ParameterMalformed
from api.listing.fields import picked, tree_of
from api.listing.formats import FORMULAS, accepted, columns_asked, csv_table
from projections.orders import OrderRow


class Line(Struct):
    """A row with everything that a cell may hold."""

    text: str
    held_minor: int
    currency: str
    many: list[int]
    note: str | None = None
    true: bool = True


COLUMNS = columns_asked(Line, {})


def row(text: str, minor: int = 5) -> dict[str, Any]:
    return {"text": text, "held": {"currency": "USD", "minor": minor}, "currency": "USD", "many": [1], "true": True}


def read_back(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode(), newline="")))


def test_an_amount_is_two_columns_and_a_list_is_json() -> None:
    assert csv_table([row("a, b", -5) | {"note": None}], COLUMNS) == (
        b'text,held_minor,held_currency,currency,many,note,true\r\n"a, b",-5,USD,USD,[1],,true\r\n'
    )


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_no_text_starts_a_formula_and_every_text_reads_back(text: str) -> None:
    (cells,) = read_back(csv_table([row(text)], COLUMNS))
    assert not cells["text"].startswith(tuple(set(FORMULAS) - {"'"}))
    assert cells["text"].removeprefix("'") == text


def test_some_fields_are_some_columns() -> None:
    assert columns_asked(Line, tree_of("held,text", Line)) == ["text", "held_minor", "held_currency"]


def test_fields_are_picked_by_path_also_of_lists() -> None:
    tree = tree_of("order,held.minor", OrderRow)
    assert picked({"order": "PO-1", "held": {"minor": 1, "currency": "USD"}, "buyer": "B"}, tree) == {
        "order": "PO-1",
        "held": {"minor": 1},
    }
    assert picked([{"a": [{"b": 1, "c": 2}]}], {"a": {"b": {}}}) == [{"a": [{"b": 1}]}]


@pytest.mark.parametrize("fields", ["nonsense", "held.nonsense", "order.x", "", ",", "held_minor", ".".join("a" * 11)])
def test_a_field_that_is_not_there_is_named(fields: str) -> None:
    with pytest.raises(ParameterMalformed) as refused:
        tree_of(fields, OrderRow)
    assert refused.value.faults[0].name == "fields"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("Text/CSV; header=present", "csv"),
        ("application/jsonl", "jsonl"),
        ("text/csv;q=0.1, application/json", "json"),
        ("text/csv;q=0", "json"),
        ("text/csv;q=x", "json"),
        ("text/html, application/jsonl;q=0.5", "jsonl"),
    ],
)
def test_the_form_is_the_one_that_a_caller_likes_best(accept: str, form: str) -> None:
    assert accepted(accept) == form
