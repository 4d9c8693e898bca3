"""Rules file: what differs, in TOML; what isn't a rule is refused by name."""

from datetime import date

import pytest

from api.exchange.rules_file import RulesFileMalformed, read_rules
from domain.rules import STANDARD, RealisationWindow, Rules


def test_an_empty_file_changes_nothing() -> None:
    assert read_rules(b"", base=STANDARD) == STANDARD


def test_a_file_changes_fields_and_entries_and_replaces_lists() -> None:
    content = b"""
        claim_days = 45
        late_remedy = "coupon"
        screening_lists = ["UNSC-1267"]
        break_ageing_days = [7]

        [inspection_days]
        sea = 50

        [four_eyes_from_minor]
        INR = 80_000_000

        [[realisation_months]]
        months = 9
        rupee_months = 9
        advance_months = 12

        [[realisation_months]]
        shipped_from = 2026-10-01
        months = 15
        rupee_months = 18
        advance_months = 36
    """
    assert read_rules(content, base=Rules(four_eyes_from_minor={"USD": 5}, offer_days=11)) == Rules(
        claim_days=45,
        late_remedy="coupon",
        screening_lists=("UNSC-1267",),
        break_ageing_days=(7,),
        inspection_days={"express": 15, "air": 15, "land": 30, "sea": 50, "post": 60},
        four_eyes_from_minor={"USD": 5, "INR": 80_000_000},
        offer_days=11,
        realisation_months=(
            RealisationWindow(months=9, rupee_months=9, advance_months=12),
            RealisationWindow(shipped_from=date(2026, 10, 1), months=15, rupee_months=18, advance_months=36),
        ),
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"claim_day = 45", "claim_day"),
        (b"claim_days = '45'", "$.claim_days"),
        (b"claim_days = 45.5", "$.claim_days"),
        (b"claim_days = {a = 1}", "$.claim_days"),
        (b"inspection_days = 3", "$.inspection_days"),
        (b"[inspection_days]\nrail = 3", "inspection_days"),
        (b"late_remedy = 'prayer'", "prayer"),
        (b"claim_days = ", "Invalid value"),
        (b"claim_days = 45\nclaim_days = 46", "overwrite"),
        (b"\xff\xfe", "utf-8"),
        (b"x = " + b"[" * 5_000, ""),
        (b"claim_days = " + b"9" * 5_000, ""),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else None,
)
def test_a_file_that_is_not_rules_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(RulesFileMalformed) as refused:
        read_rules(content, base=Rules())
    assert problem in refused.value.problem
