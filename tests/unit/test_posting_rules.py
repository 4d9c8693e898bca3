"""Posting rules: which event posts which entry, as design section 3 has it."""

import pytest

from domain.accounts import AccountUnknown, control_of
from domain.catalogue import BY_TOPIC, EVENTS
from domain.hold import HoldPaymentReceived
from domain.journal import Entry, Posting
from domain.money import MINOR_MAX, AmountOutOfRange
from domain.posting_rules import POSTING_RULES, post
from tests.golden.examples import EXAMPLES

TAKEN_BY_PAYOUT = {"payable:exporter:EXP-7": 97_050, "refundable:buyer:EXP-7": -2_500, "payout:in-transit": -94_550}
OWED_AGAIN = {account: -minor for account, minor in TAKEN_BY_PAYOUT.items()}


def posted(topic: str) -> dict[str, int]:
    entry = post(*EXAMPLES[topic])
    assert entry is not None
    return {posting.account: posting.amount_minor for posting in entry.postings}


@pytest.mark.parametrize(
    ("topic", "postings"),
    [
        ("hold.payment_received", {"bank:safeguarded:hdfc": 30_000, "hold:PO-1001": -30_000}),
        ("hold.disputed", {"hold:PO-1001": 20_000, "disputed:PO-1001": -20_000}),
        ("hold.undisputed", {"disputed:PO-1001": 20_000, "hold:PO-1001": -20_000}),
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
                "disputed:PO-1001": 30,
                "hold:PO-1001": 700,
                "frozen:PO-1001": 200,
                "payable:exporter:EXP-7": 100,
                "refundable:buyer:BUY-9": 50,
                "clearing:card": -1_080,
            },
        ),
        ("hold.taken_over", {"bank:safeguarded:hdfc": 55_000, "hold:PO-1002": -55_000}),
        ("payee.repaid", {"bank:safeguarded:hdfc": 5_000, "payable:exporter:EXP-7": -5_000}),
        ("payee.unclaimed", {"refundable:buyer:BUY-1": 2_500, "unclaimed:BUY-1": -2_500}),
        ("payee.reclaimed", {"unclaimed:BUY-1": 2_000, "refundable:buyer:BUY-1": -2_000}),
        ("guarantee.advanced", {"bank:safeguarded:hdfc": 1_900, "advance:operator": -1_900}),
        ("guarantee.repaid", {"advance:operator": 400, "bank:safeguarded:hdfc": -400}),
        ("guarantee.write_off_approved", {"expense:guarantee": 1_500, "payable:exporter:EXP-7": -1_500}),
        (
            "takeover.balances_recorded",
            {
                "bank:safeguarded:hdfc": 120_000,
                "payable:exporter:EXP-7": -90_000,
                "refundable:buyer:BUY-1": -20_000,
                "suspense:legacy-2026": -10_000,
            },
        ),
        ("commission.accrued", {"expense:commission": 2_600_000, "accrued:partner:START-3": -2_600_000}),
        (
            "commission.earned",
            {
                "accrued:partner:START-3": 2_600_000,
                "tax:gst-input": 468_000,
                "payable:partner:START-3": -3_068_000,
            },
        ),
        ("commission.tax_withheld", {"payable:partner:START-3": 12_000, "tax:withheld:1006": -12_000}),
        ("payout.instructed", TAKEN_BY_PAYOUT),
        ("payout.rejected", OWED_AGAIN),
        ("payout.returned", OWED_AGAIN),
        ("payout.return_undone", TAKEN_BY_PAYOUT),
        (
            "bank_entry.matched",
            {
                "bank:safeguarded:hdfc": 16_500,
                "clearing:bank-transfer": -30_000,
                "payout:in-transit": 12_000,
                "expense:bank-charges": 1_500,
            },
        ),
        (
            "bank_entry.unmatched",
            {
                "bank:safeguarded:hdfc": -16_500,
                "clearing:bank-transfer": 30_000,
                "payout:in-transit": -12_000,
                "expense:bank-charges": -1_500,
            },
        ),
        (
            "settlement.recorded",
            {
                "clearing:razorpay.settled": 9_743_000,
                "expense:payment-fees": 200_000,
                "tax:gst-input": 36_000,
                "clearing:razorpay": -9_979_000,
            },
        ),
        ("settlement.lines_cleared", {"clearing:razorpay": -21_000, "suspense:razorpay": 21_000}),
        ("settlement.lines_reopened", {"clearing:razorpay": 21_000, "suspense:razorpay": -21_000}),
        ("open_item.written_off", {"expense:write-offs": 300, "clearing:bank-transfer": -300}),
        ("exposure.revalued", {"fx:position": 14_332, "fx:gain-loss": -14_332}),
    ],
)
def test_an_event_posts_what_the_design_says(topic: str, postings: dict[str, int]) -> None:
    assert posted(topic) == postings


def test_a_conversion_posts_one_figure_per_account_and_currency() -> None:
    entry = post(*EXAMPLES["conversion.recorded"])
    assert entry is not None
    assert {(each.account, each.currency): each.amount_minor for each in entry.postings} == {
        ("bank:operator:hdfc", "USD"): -100_000,
        ("fx:position", "USD"): 100_000,
        ("bank:operator:icici", "INR"): 8_400_000,
        ("fx:position", "INR"): -8_400_000 + 20_000,
        ("fx:gain-loss", "INR"): -20_000,
    }


@pytest.mark.parametrize("topic", sorted(set(BY_TOPIC) - {topic for (topic, _), rule in POSTING_RULES.items() if rule}))
def test_what_moves_no_money_posts_nothing(topic: str) -> None:
    assert post(*EXAMPLES[topic]) is None


def test_every_version_of_every_event_has_a_rule_or_is_declared_to_have_none() -> None:
    assert set(POSTING_RULES) == {(t.topic, version) for t in EVENTS for version in range(1, t.schema + 1)}


def test_every_account_that_is_posted_to_is_in_the_chart() -> None:
    entries = [entry for reference, event in EXAMPLES.values() if (entry := post(reference, event))]
    assert {control_of(posting.account).name for entry in entries for posting in entry.postings} == {
        "accrued:partner",
        "advance:operator",
        "bank:operator",
        "bank:safeguarded",
        "clearing",
        "disputed",
        "expense:bank-charges",
        "expense:commission",
        "expense:guarantee",
        "expense:payment-fees",
        "expense:write-offs",
        "frozen",
        "fx:gain-loss",
        "fx:position",
        "hold",
        "income:service-fee",
        "payable:exporter",
        "payable:partner",
        "payout:in-transit",
        "refundable:buyer",
        "suspense",
        "tax:gst-input",
        "tax:gst-output",
        "tax:withheld",
        "unclaimed",
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
