"""A month of payments with the stated noise: what is identifiable is found, and nothing false is confirmed."""

from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest

from domain.matching import Matching, match
from tests.bank_noise import EXACT, NOISES
from tests.matching_laws import check_laws, place_of, wrong
from tests.noisy_payments import Payments, Terms, invented

ROOT = Path(__file__).parents[2]

Month = tuple[Payments, Matching]


@pytest.fixture(scope="module", params=[True, False], ids=["names known", "names unknown"])
def month(request: pytest.FixtureRequest) -> Month:
    random = Random(11)  # noqa: S311 - the same in every run
    payments = invented(random, Terms(count=6_000, buyers=600, named=request.param))
    return payments, match(payments.entries, payments.items)


def test_nothing_is_lost_and_nothing_false_confirmed(month: Month) -> None:
    payments, matching = month
    check_laws(matching, payments.entries, payments.items)
    assert not wrong(matching, payments)


def test_at_least_98_in_a_hundred_of_what_is_identifiable_is_found_by_rule(month: Month) -> None:
    payments, matching = month
    places = place_of(matching)
    identifiable = [
        places[entry] for entry, truth in payments.truth.items() if truth.role != "unknown" and truth.noise.identifiable
    ]
    found = [place for place in identifiable if place.startswith(("matched", "return", "duplicate"))]
    assert len(identifiable) > 5_000
    assert len(found) * 100 >= len(identifiable) * 98


def test_each_kind_of_noise_comes_to_what_is_expected_of_it(month: Month) -> None:
    payments, matching = month
    places = place_of(matching)
    became: dict[str, Counter[str]] = defaultdict(Counter)
    for entry, truth in payments.truth.items():
        if truth.noise.kind != "merged_credit" or len(truth.items) > 1:
            became[truth.noise.kind][places[entry]] += 1
    missing = {each.item for each in matching.unmatched if each.kind == "missing_in_bank"}
    silent = {item for item, noise in payments.noises.items() if noise.kind == "missing_in_bank"}
    assert not silent & {share.reference for matched in matching.matched for share in matched.items}
    assert len(silent & missing) * 100 >= len(silent) * 80  # others are candidates of mistyped references
    for noise in (EXACT, *NOISES):
        if noise.expected == "missing_in_bank":
            continue
        expected = noise.expected.split(" and ")
        as_expected = sum(
            count
            for place, count in became[noise.kind].items()
            if place in expected or (place.startswith("suggested") and noise.expected == "suggested")
        )
        total = became[noise.kind].total()
        assert total >= 10, noise.kind
        assert as_expected * 100 >= total * 95, (noise.kind, became[noise.kind])


def test_the_page_says_each_rate_of_the_table() -> None:
    page = (ROOT / "docs/noise.md").read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in line.split("|")] for line in page.splitlines() if line.startswith("| ")]
    rows = {row[1]: row[3] for row in cells}
    for noise in (EXACT, *NOISES):
        per_cent, rest = divmod(noise.rate_bps, 100)
        assert rows[noise.kind.replace("_", " ")] == f"{per_cent}{f'.{rest // 10}' if rest else ''} %"
    assert sum(noise.rate_bps for noise in NOISES) < 2_000
