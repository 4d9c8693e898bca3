"""Claim: what a remedy may give back for it."""

import pytest

from domain.claim import Claim, Remedy, RemedyExceedsClaim, RemedyKind, RemedyMalformed, remedy_for

CLAIM = Claim(number=3, kind="quality", line=1, quantity=2, amount_minor=4_000)


@pytest.mark.parametrize(
    ("kind", "minor", "given_minor"),
    [
        ("none", None, 0),
        ("none", 0, 0),
        ("replacement", None, 0),
        ("refund", None, 4_000),
        ("refund", 4_000, 4_000),
        ("partial-refund", 1, 1),
        ("partial-refund", 3_999, 3_999),
        ("return-and-refund", None, 4_000),
        ("return-and-refund", 1, 1),
        ("replacement-and-refund", None, 4_000),
        ("replacement-and-refund", 500, 500),
    ],
)
def test_a_remedy_gives_back_what_its_kind_and_amount_say(
    kind: RemedyKind, minor: int | None, given_minor: int
) -> None:
    assert remedy_for(CLAIM, kind, minor) == Remedy(kind=kind, amount_minor=given_minor)


@pytest.mark.parametrize(
    ("kind", "minor"),
    [
        ("none", 1),
        ("none", -1),
        ("replacement", 1),
        ("refund", 0),
        ("partial-refund", 0),
        ("partial-refund", -1),
        ("return-and-refund", 0),
        ("replacement-and-refund", 0),
    ],
)
def test_none_and_replacement_give_back_nothing_and_the_others_something(kind: RemedyKind, minor: int) -> None:
    with pytest.raises(RemedyMalformed) as refused:
        remedy_for(CLAIM, kind, minor)
    assert refused.value.details() == {"claim": 3, "remedy": kind, "amount_minor": minor}


@pytest.mark.parametrize(
    ("kind", "minor"),
    [
        ("refund", 4_001),
        ("refund", 3_999),
        ("partial-refund", 4_000),
        ("partial-refund", None),
        ("return-and-refund", 4_001),
        ("replacement-and-refund", 4_001),
    ],
)
def test_no_more_goes_back_than_was_claimed_and_a_part_is_less_than_all(kind: RemedyKind, minor: int | None) -> None:
    with pytest.raises(RemedyExceedsClaim) as refused:
        remedy_for(CLAIM, kind, minor)
    assert refused.value.details() == {"claim": 3, "amount_minor": minor or 4_000, "claimed_minor": 4_000}


def test_what_the_bank_took_back_is_owed_no_more() -> None:
    charged = Claim(number=1, kind="late", line=0, quantity=0, amount_minor=4_000, charged_back_minor=1_500)
    assert (charged.unsatisfied_minor, charged.owed_minor) == (2_500, 0)
    for awarded_minor, owed_minor in [(4_000, 2_500), (1_500, 0), (1_000, 0)]:
        remedied = Claim(
            number=1,
            kind="late",
            line=0,
            quantity=0,
            amount_minor=4_000,
            charged_back_minor=1_500,
            remedy=Remedy(kind="partial-refund", amount_minor=awarded_minor),
        )
        assert remedied.owed_minor == owed_minor
