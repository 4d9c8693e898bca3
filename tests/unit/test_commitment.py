"""Commitment: the hash of a salt and a value, and the countries and open trades that parties are made of."""

import hashlib

import pytest
from hypothesis import given, strategies

from domain.commitment import SALT_BYTES, CommitmentMalformed, check_commitment, commitment_of
from domain.countries import COUNTRIES, CountryUnknown, check_country
from domain.open_trades import NO_TRADES, OpenTrades

SALT = bytes(range(SALT_BYTES))

orders = strategies.text("ABC", min_size=1, max_size=2)


class TestCommitments:
    def test_a_commitment_is_the_sha256_of_salt_and_value(self) -> None:
        assert commitment_of(SALT, b"Ravi") == hashlib.sha256(SALT + b"Ravi").hexdigest()

    @given(strategies.binary(max_size=40), strategies.binary(min_size=SALT_BYTES, max_size=SALT_BYTES))
    def test_a_commitment_is_one(self, value: bytes, salt: bytes) -> None:
        made = commitment_of(salt, value)
        assert check_commitment(made, "name") == made

    def test_another_salt_hides_that_two_values_are_one(self) -> None:
        assert commitment_of(SALT, b"Ravi") != commitment_of(SALT[::-1], b"Ravi")

    @pytest.mark.parametrize("salt", [b"", SALT[1:], SALT + b"s"])
    def test_a_salt_has_sixteen_bytes_so_that_no_byte_moves_between_it_and_the_value(self, salt: bytes) -> None:
        with pytest.raises(ValueError, match=str(len(salt))):
            commitment_of(salt, b"Ravi")

    @pytest.mark.parametrize("text", ["", "Ravi", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n"])
    def test_what_is_no_commitment_is_refused_by_its_field(self, text: str) -> None:
        with pytest.raises(CommitmentMalformed) as refused:
            check_commitment(text, "profile.name")
        assert (refused.value.field, refused.value.value) == ("profile.name", text[:80])


class TestCountries:
    def test_there_are_as_many_as_iso_3166_has_assigned(self) -> None:
        assert len(COUNTRIES) == 249
        assert {"IN", "GB", "US", "CN", "DE"} <= COUNTRIES

    @pytest.mark.parametrize("country", ["", "in", "IND", "UK", "EU", "XX", "ZZ"])
    def test_what_is_no_country_is_refused(self, country: str) -> None:
        with pytest.raises(CountryUnknown):
            check_country(country)

    def test_a_country_is_returned_unchanged(self) -> None:
        assert check_country("IN") == "IN"


class TestOpenTrades:
    @given(strategies.lists(strategies.tuples(strategies.booleans(), orders), max_size=60))
    def test_open_trades_are_a_set(self, changes: list[tuple[bool, str]]) -> None:
        trades, naive = NO_TRADES, set[str]()
        for opened, order in changes:
            trades = trades.with_opened(order) if opened else trades.with_closed(order)
            naive = naive | {order} if opened else naive - {order}
            assert (list(trades), len(trades), bool(trades)) == (sorted(naive), len(naive), bool(naive))
            assert (order in trades) == opened

    def test_a_change_leaves_what_it_began_from_as_it_was(self) -> None:
        before = NO_TRADES.with_opened("PO-1")
        before.with_opened("PO-2")
        before.with_closed("PO-1")
        assert list(before) == ["PO-1"]

    def test_what_is_no_order_is_no_open_trade(self) -> None:
        assert 1 not in NO_TRADES

    def test_a_change_among_ten_thousand_copies_a_small_part_of_them(self) -> None:
        trades = OpenTrades()
        for number in range(10_000):
            trades = trades.with_opened(f"PO-{number}")
        changed = trades.with_closed("PO-77")
        copied = [new for old, new in zip(trades.buckets, changed.buckets, strict=True) if new is not old]
        assert (len(copied), len(changed)) == (1, 9_999)
        assert len(copied[0]) < 400
