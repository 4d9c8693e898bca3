"""A mapping is data that a stranger writes: each mistake is one error that names the field."""

from pathlib import Path

import msgspec
import pytest

from api.exchange.mapping import (
    IMPORT_RULEBOOK,
    IMPORT_RULES,
    Mapping,
    MappingMalformed,
    MappingNotFound,
    known_mappings,
    load_mapping,
    parse_mapping,
)
from domain.rules import Rules

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


LATE = (
    THIRD.replace(
        b'bad = ["place", "accept", "cancel"]', b'bad = ["place", "accept", "pay", "dispatch", "dispute", "settle"]'
    ).replace(
        b'cancel = { column = "ordered", plus_days_column = "days" }',
        b'dispatch = { column = "sent" }\ndispute = { column = "sent" }\nsettle = { column = "sent", plus_days = 2 }',
    )
    + b"""
    [settlement]
    column = "region"
    offers_bps = { EU = 5000 }

    [rules]
    late_remedy = "coupon"
    late_coupon_minor = { EUR = 2500 }
"""
)


def wrong(old: bytes, new: bytes, mapping: bytes = THIRD) -> MappingMalformed:
    assert old in mapping
    with pytest.raises(MappingMalformed) as caught:
        parse_mapping(mapping.replace(old, new), source="third.toml")
    return caught.value


@pytest.mark.parametrize("name", ["dataco", "dataco_disputes", "online_retail"])
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


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"late_coupon_minor", b"late_cupon_minor", "$.rules"),
        (b'"coupon"', b'"voucher"', "$.rules.late_remedy"),
        (b"{ EUR = 2500 }", b"{ EUR = 2500.5 }", "$.rules.late_coupon_minor[...]"),
        (b"{ EUR = 2500 }", b"{ EUR = -1 }", "$.rules.late_coupon_minor"),
        (b"{ EUR = 2500 }", b"{ EURO = 2500 }", "$.rules"),
        (b'"coupon"', b'"damages"', "$.rules.late_damages_bps_per_day"),
        (b'"coupon"', b'"none"', "$.rules"),
        (b'late_remedy = "coupon"', b"claim_days = 60", "$.rules"),
        (b'name = "third"', b'name = "third"\nrulebook = "standard/1"', "$.rules"),
        (b'name = "third"', b'name = "1"', "$.name"),
        (b'"pay", "dispatch", "dispute", "settle"', b'"dispute", "pay", "dispatch", "settle"', "$.status.courses.bad"),
        (b'"dispute", "settle"]', b'"settle", "dispute"]', "$.status.courses.bad"),
        (b'"dispute", "settle"]', b'"settle"]', "$.status.courses.bad"),
        (b'settle = { column = "sent", plus_days = 2 }', b"", "$.occurred_at"),
        (b'column = "region"', b"", "$.settlement"),
        (b"offers_bps = { EU = 5000 }", b"", "$.settlement"),
        (b"EU = 5000", b"EU = 10000", "$.settlement.offers_bps"),
        (b"EU = 5000", b"EU = 0", "$.settlement.offers_bps"),
    ],
)
def test_a_mistake_about_late_orders_names_its_field(old: bytes, new: bytes, field: str) -> None:
    assert wrong(old, new, LATE).field == field


def test_a_dispute_needs_rules_of_the_mappings_own() -> None:
    rules = LATE[LATE.index(b"    [rules]") :]
    assert wrong(rules, b"", LATE).field == "$.rules"


def test_rules_of_a_mappings_own_differ_from_the_imports_in_what_they_name() -> None:
    mapping = parse_mapping(LATE, source="third")
    assert mapping.placed_under == "import/third"
    coupons = {"USD": 10_000, "EUR": 2_500}
    assert mapping.order_rules() == msgspec.structs.replace(
        IMPORT_RULES, late_remedy="coupon", late_coupon_minor=coupons
    )


def test_rules_of_a_mappings_own_count_days_where_the_file_does() -> None:
    there = LATE.replace(b'order = "order"', b'order = "order"\ntime_zone = "Asia/Tokyo"')
    assert parse_mapping(there, source="third").order_rules().time_zone == "Asia/Tokyo"
    elsewhere = there + b'time_zone = "Europe/Paris"'
    assert parse_mapping(elsewhere, source="third").order_rules().time_zone == "Europe/Paris"


@pytest.mark.parametrize("name", ["dataco", "online_retail"])
def test_a_mapping_without_rules_of_its_own_shares_the_imports(name: str) -> None:
    mapping = load_mapping(name)
    assert (mapping.placed_under, mapping.order_rules()) == (IMPORT_RULEBOOK, IMPORT_RULES)


def test_the_rules_of_imports_take_no_money() -> None:
    differing = {name for name in Rules.__struct_fields__ if getattr(IMPORT_RULES, name) != getattr(Rules(), name)}
    assert differing == {"four_eyes_where_unlisted", "claim_days"}
    assert (IMPORT_RULES.service_fee_bps, IMPORT_RULES.four_eyes_where_unlisted) == (0, False)


def test_the_column_that_says_how_a_claim_ends_is_read() -> None:
    assert "region" in parse_mapping(LATE, source="third").order_columns()


def test_a_mistake_names_its_file_and_what_is_wrong() -> None:
    error = wrong(b'"EUR"', b'"EURO"')
    assert error.mapping == "third.toml"
    assert "EURO" in error.problem


@pytest.mark.parametrize("name", ["dataco", "dataco_disputes"])
def test_a_mapping_survives_being_written_down(name: str) -> None:
    mapping = load_mapping(name)
    assert msgspec.convert(msgspec.to_builtins(mapping), Mapping) == mapping
