"""References: what may be a key, and how kinds and keys make references."""

import pytest

from domain import references
from domain.references import ACCOUNT, SKU, ReferenceMalformed, key, key_of, kind_of


@pytest.mark.parametrize("value", ["PO-1001", "a", "7", "EXP.7_b-c", "x" * 64])
def test_a_key_is_returned_unchanged(value: str) -> None:
    assert key(value, field="order") == value


@pytest.mark.parametrize(
    "value", ["", "-a", ".a", "_a", "a b", "a/b", "a:b", "a\n", "ä", "\u0661", "x" * 65, "a\x00", "../etc"], ids=ascii
)
def test_what_cannot_stand_in_an_url_an_account_or_a_file_name_is_no_key(value: str) -> None:
    with pytest.raises(ReferenceMalformed) as refused:
        key(value, field="order")
    assert (refused.value.field, refused.value.value) == ("order", value)


def test_a_refusal_repeats_only_the_beginning_of_a_long_value() -> None:
    with pytest.raises(ReferenceMalformed) as refused:
        key("x" * 100_000, field="order")
    assert refused.value.value == "x" * 80


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (references.book_id("main"), "book:main"),
        (references.order_id("PO-1"), "order:PO-1"),
        (references.hold_id("PO-1"), "hold:PO-1"),
        (references.releases_id("PO-1"), "release:PO-1"),
        (references.refunds_id("PO-1"), "refund:PO-1"),
        (references.release_id("PO-1", 2), "release:PO-1/2"),
        (references.refund_id("PO-1", 2), "refund:PO-1/2"),
        (references.rulebook_id("standard", 1), "rulebook:standard/1"),
        (references.payee_id("EXP-7", "USD"), "payee:EXP-7/USD"),
        (references.guarantee_id("PO-1"), "guarantee:PO-1"),
        (references.takeover_id("legacy-2026"), "takeover:legacy-2026"),
    ],
)
def test_a_reference_is_a_kind_and_a_key(made: str, expected: str) -> None:
    assert made == expected
    assert f"{kind_of(made)}:{key_of(made)}" == made


@pytest.mark.parametrize("sku", ["a", "85123A", "GIFT VOUCHER 0.1", "!-~", "x" * 64])
def test_a_stock_code_is_printable_ascii(sku: str) -> None:
    assert SKU.fullmatch(sku)


@pytest.mark.parametrize("sku", ["", " ", " a", "a ", "a\tb", "é", "x" * 65, "a\n"], ids=ascii)
def test_a_stock_code_has_no_spaces_at_its_ends_and_nothing_unprintable(sku: str) -> None:
    assert not SKU.fullmatch(sku)


@pytest.mark.parametrize("account", ["clearing:card", "bank:safeguarded:hdfc", "suspense:unidentified"])
def test_money_arrives_at_a_provider_a_safeguarded_bank_or_in_suspense(account: str) -> None:
    assert ACCOUNT.fullmatch(account)


@pytest.mark.parametrize(
    "account", ["clearing", "clearing:", "bank:operator:hdfc", "hold:PO-1", "clearing:a:b", "clearing:a b", ""]
)
def test_money_of_buyers_arrives_nowhere_else(account: str) -> None:
    assert not ACCOUNT.fullmatch(account)
