"""A mapping is data that a stranger writes: each mistake is one error that names the field."""

from pathlib import Path

import msgspec
import pytest

from api.exchange.mapping import Mapping, MappingMalformed, MappingNotFound, known_mappings, load_mapping, parse_mapping

THIRD = b"""
    name = "third"
    currency = "EUR"
    date_format = "%d.%m.%Y"
    payment_account = "clearing:third"
    order = "order"
    buyer = { column = "buyer" }
    exporter = { column = "seller", prefix = "S-" }
    transport_mode = { fixed = "sea" }
    lines = { sku = "sku", quantity = "pieces", amount = "total" }
    status = { column = "state", courses = { paid = ["place", "accept", "pay"], bad = ["place", "accept", "cancel"] } }
    ship_by = { column = "ordered", plus_days = 10 }

    [occurred_at]
    place = { column = "ordered" }
    accept = { column = "ordered" }
    pay = { column = "paid" }
    cancel = { column = "ordered", plus_days_column = "days" }

    [reasons]
    cancel = "called-off"
"""


def wrong(old: bytes, new: bytes) -> MappingMalformed:
    assert old in THIRD
    with pytest.raises(MappingMalformed) as caught:
        parse_mapping(THIRD.replace(old, new), source="third.toml")
    return caught.value


@pytest.mark.parametrize("name", ["dataco", "online_retail"])
def test_a_mapping_of_the_product_is_found_by_its_name(name: str) -> None:
    assert load_mapping(name).name == name
    assert name in known_mappings()


def test_every_mapping_of_the_product_is_sound() -> None:
    assert all(load_mapping(name).name == name for name in known_mappings())


def test_a_mapping_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(THIRD)
    assert load_mapping(str(file)).name == "third"


@pytest.mark.parametrize("name", ["nobody", "nobody.toml", "../pyproject", "/etc/passwd", ""])
def test_a_mapping_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(MappingNotFound) as caught:
        load_mapping(name)
    assert caught.value.known == known_mappings()


def test_columns_are_each_named_once() -> None:
    mapping = parse_mapping(THIRD, source="third")
    assert mapping.order_columns() == ("state", "buyer", "seller", "ordered", "paid", "days")
    assert mapping.line_columns() == ("order", "sku", "pieces", "total")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'name = "third"', b"", "$"),
        (b'name = "third"', b'name = "a b"', "$.name"),
        (b'name = "third"', b'nome = "third"', "$"),
        (b'"EUR"', b'"EURO"', "$.currency"),
        (b'"clearing:third"', b'"my purse"', "$.payment_account"),
        (b'{ fixed = "sea" }', b'{ fixed = "camel" }', "$.transport_mode"),
        (b'{ fixed = "sea" }', b'{ column = "by", values = { ship = "boat" } }', "$.transport_mode"),
        (b'{ column = "buyer" }', b'{ column = "buyer", fixed = "B-1" }', "$.buyer"),
        (b'{ column = "buyer" }', b"{ }", "$.buyer"),
        (b'{ column = "buyer" }', b'{ fixed = "a b" }', "$.buyer"),
        (b'{ column = "buyer" }', b'{ column = "buyer", blank = "?" }', "$.buyer"),
        (b'{ column = "buyer" }', b'{ colum = "buyer" }', "$.buyer"),
        (b'quantity = "pieces"', b"quantity = 3", "$.lines.quantity"),
        (b'amount = "total"', b'amount = "total", unit_price = "price"', "$.lines"),
        (b', amount = "total"', b"", "$.lines"),
        (b'column = "state", ', b"", "$.status"),
        (b'column = "state"', b'column = "state", always = ["place"]', "$.status"),
        (b'["place", "accept", "pay"]', b'["place", "accept", "pray"]', "$.status.courses[...][2]"),
        (b'["place", "accept", "pay"]', b'["accept", "pay"]', "$.status.courses.paid"),
        (b'["place", "accept", "pay"]', b'["place", "accept", "accept"]', "$.status.courses.paid"),
        (b'pay = { column = "paid" }', b"", "$.occurred_at"),
        (b'cancel = "called-off"', b"", "$.reasons"),
        (b'cancel = "called-off"', b'cancel = "called off"', "$.reasons.cancel"),
        (b'order = "order"', b'order = "order"\ntime_zone = "Mars/Olympus"', "$.time_zone"),
        (b'order = "order"', b'order = "order"\nencoding = "klingon"', "$.encoding"),
        (b'order = "order"', b'order = "order"\ndelimiter = "||"', "$.delimiter"),
        (b'order = "order"', b'order = "order"\ndecimal_mark = ""', "$.decimal_mark"),
        (b'order = "order"', b'order = "order"\nrefunds = { order_starts_with = "C" }', "$.occurred_at"),
        (b'order = "order"', b"order = order", "$"),
        (b'order = "order"', b'order = "\xff"', "$"),
    ],
)
def test_a_mistake_names_its_field(old: bytes, new: bytes, field: str) -> None:
    assert wrong(old, new).field == field


def test_a_mistake_names_its_file_and_what_is_wrong() -> None:
    error = wrong(b'"EUR"', b'"EURO"')
    assert error.mapping == "third.toml"
    assert "EURO" in error.problem


def test_a_mapping_survives_being_written_down() -> None:
    mapping = load_mapping("dataco")
    assert msgspec.convert(msgspec.to_builtins(mapping), Mapping) == mapping
