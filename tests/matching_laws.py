"""What holds of every matching, whatever was given, and whether it's right beside the truth."""

from collections import Counter
from collections.abc import Sequence

from domain.matching import Matching, OpenEntry, OpenItem, SettledItem
from tests.noisy_payments import Payments, Truth


def check_laws(
    matching: Matching, entries: Sequence[OpenEntry], items: Sequence[OpenItem], settled: Sequence[SettledItem] = ()
) -> None:
    """Check that nothing is lost, nothing stands twice, and every sum agrees."""
    _check_entries(matching, entries)
    _check_items(matching, items)
    amounts = {entry.entry: entry.amount_minor for entry in entries}
    expected = {item.item: item.amount_minor for item in items} | {
        each.item.item: each.item.amount_minor for each in settled
    }
    for matched in matching.matched:
        assert all(amounts[share.reference] == share.amount_minor for share in matched.entries)
        assert all(expected[share.reference] == share.amount_minor for share in matched.items)
        difference_minor = matched.difference.amount_minor if matched.difference else 0
        assert sum(share.amount_minor for share in matched.entries) == (
            sum(share.amount_minor for share in matched.items) + difference_minor
        )
    for returned in matching.returned:
        difference_minor = returned.difference.amount_minor if returned.difference else 0
        assert amounts[returned.entry] == returned.amount_minor == difference_minor - expected[returned.item]
    for suggested in matching.suggested:
        scores = [candidate.score for candidate in suggested.candidates]
        assert scores == sorted(scores, reverse=True)
        assert scores
        assert 0 < scores[-1] <= scores[0] <= 1_000
        for candidate in suggested.candidates:
            sum_minor = sum(expected[item] for item in candidate.items)
            assert candidate.difference_minor == amounts[suggested.entry] - sum_minor


def _check_entries(matching: Matching, entries: Sequence[OpenEntry]) -> None:
    places = Counter(
        (
            *(share.reference for matched in matching.matched for share in matched.entries),
            *(returned.entry for returned in matching.returned),
            *(suggested.entry for suggested in matching.suggested),
            *(unmatched.entry for unmatched in matching.unmatched if unmatched.entry),
        )
    )
    assert places == Counter(entry.entry for entry in entries)


def _check_items(matching: Matching, items: Sequence[OpenItem]) -> None:
    candidates = {
        item for suggested in matching.suggested for candidate in suggested.candidates for item in candidate.items
    }
    places = Counter(
        (
            *(share.reference for matched in matching.matched for share in matched.items),
            *(unmatched.item for unmatched in matching.unmatched if unmatched.item),
            *matching.awaited,
            *candidates,
        )
    )
    assert places == Counter(item.item for item in items)


def wrong(matching: Matching, payments: Payments) -> list[str]:
    """
    Return what is confirmed and isn't true, for people.

    A line that is booked twice is one payment: either of the two may stand for it.
    """
    found = []
    for matched in matching.matched:
        truths = [payments.truth[share.reference] for share in matched.entries]
        paid = frozenset[str]().union(*(truth.items for truth in truths))
        if paid != {share.reference for share in matched.items} or not all(map(_pays, truths)):
            found.append(f"{matched} but {truths}")
    for returned in matching.returned:
        truth = payments.truth[returned.entry]
        if truth.role != "return" or truth.items != {returned.item}:
            found.append(f"{returned} but {truth}")
    return found


def _pays(truth: Truth) -> bool:
    return truth.role in {"payment", "copy"}


def place_of(matching: Matching) -> dict[str, str]:
    """Return what became of each entry, in the words of tests/bank_noise.py."""
    matched = {
        share.reference: " ".join(
            filter(
                None,
                (
                    "matched",
                    each.rule if each.rule in {"merged", "split", "grouped"} else "",
                    f"with {each.difference.kind}" if each.difference else "",
                ),
            )
        )
        for each in matching.matched
        for share in each.entries
    }
    return (
        matched
        | {each.entry: "return" for each in matching.returned}
        | {each.entry: f"suggested {each.kind}" for each in matching.suggested}
        | {each.entry: each.kind for each in matching.unmatched if each.entry}
    )
