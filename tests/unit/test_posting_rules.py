"""Posting rules: which event posts which entry, as design section 3 has it."""

import pytest

from domain.accounts import AccountUnknown, control_of
from domain.catalogue import BY_TOPIC, EVENTS
from domain.hold import HoldPaymentReceived
from domain.journal import Entry, Posting
from domain.money import MINOR_MAX, AmountOutOfRange
from domain.posting_rules import POSTING_RULES, post
from tests.golden.examples import EXAMPLES


def posted(topic: str) -> dict[str, int]:
    entry = post(*EXAMPLES[topic])
    assert entry is not None
    return {posting.account: posting.amount_minor for posting in entry.postings}


@pytest.mark.parametrize(
    ("topic", "postings"),
    [
        ("hold.payment_received", {"bank:safeguarded:hdfc": 30_000, "hold:PO-1001": -30_000}),
        ("hold.frozen", {"hold:PO-1001": 10_000, "frozen:PO-1001": -10_000}),
        ("hold.unfrozen", {"frozen:PO-1001": 10_000, "hold:PO-1001": -10_000}),
        (
            "hold.released",
            {
                "hold:PO-1001": 10_000,
                "payable:exporter:EXP-7": -9_705,
                "income:service-fee": -250,
                "tax:gst-output": -45,
            },
        ),
        (
            "hold.recovered",
            {"payable:exporter:EXP-7": 1_941, "income:service-fee": 50, "tax:gst-output": 9, "hold:PO-1001": -2_000},
        ),
        ("hold.refunded", {"hold:PO-1001": 2_500, "refundable:buyer:BUY-1": -2_500}),
        (
            "hold.charged_back",
            {
                "hold:PO-1001": 700,
                "frozen:PO-1001": 200,
                "payable:exporter:EXP-7": 100,
                "refundable:buyer:BUY-9": 50,
                "clearing:card": -1_050,
            },
        ),
    ],
)
def test_an_event_posts_what_the_design_says(topic: str, postings: dict[str, int]) -> None:
    assert posted(topic) == postings


@pytest.mark.parametrize("topic", sorted(set(BY_TOPIC) - {topic for (topic, _), rule in POSTING_RULES.items() if rule}))
def test_what_moves_no_money_posts_nothing(topic: str) -> None:
    assert post(*EXAMPLES[topic]) is None


def test_every_version_of_every_event_has_a_rule_or_is_declared_to_have_none() -> None:
    assert set(POSTING_RULES) == {(t.topic, version) for t in EVENTS for version in range(1, t.schema + 1)}


def test_every_account_that_is_posted_to_is_in_the_chart() -> None:
    entries = [entry for reference, event in EXAMPLES.values() if (entry := post(reference, event))]
    assert {control_of(posting.account).name for entry in entries for posting in entry.postings} == {
        "bank:safeguarded",
        "clearing",
        "frozen",
        "hold",
        "income:service-fee",
        "payable:exporter",
        "refundable:buyer",
        "tax:gst-output",
    }


def test_an_entry_is_of_one_currency_and_names_no_account_with_nothing() -> None:
    released = EXAMPLES["hold.released"]
    entry = post(*released)
    assert isinstance(entry, Entry)
    assert {posting.currency for posting in entry.postings} == {"USD"}
    assert all(posting.amount_minor for posting in entry.postings)


def test_what_cannot_be_posted_is_refused() -> None:
    def received(account: str, amount_minor: int) -> HoldPaymentReceived:
        return HoldPaymentReceived(step=1, amount_minor=amount_minor, currency="USD", account=account)

    with pytest.raises(AccountUnknown):
        post("hold:PO-1", received("petty-cash", 1))
    with pytest.raises(AmountOutOfRange):
        post("hold:PO-1", received("clearing:card", MINOR_MAX + 1))
    assert post("hold:PO-1", received("clearing:card", MINOR_MAX)) == Entry(
        (Posting("clearing:card", "USD", MINOR_MAX), Posting("hold:PO-1", "USD", -MINOR_MAX))
    )
