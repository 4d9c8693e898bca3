"""A provider's file by a mapping: each line's numbers come out, and all lines come to what is paid out."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.bank_statements.statement import amount_text
from api.exchange.mapping import MappingMalformed, MappingNotFound
from api.exchange.settlement_files.mapping import known_settlement_mappings, load_settlement_mapping
from api.exchange.settlement_files.reading import read_settlements
from api.exchange.settlement_files.settlement import Settlement, SettlementUnreadable, told

STRIPE = (
    "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,reporting_category,currency,"
    "gross,fee,net,source_id,description,payment_metadata[order_id]"
)
AT = "2026-11-05 00:00:00,txn_1,2026-11-02 10:00:00"


def stripe(*rows: str) -> bytes:
    return "\n".join([STRIPE, *rows, ""]).encode()


def read(content: bytes, mapping: str = "stripe-balance") -> tuple[Settlement, ...]:
    return read_settlements(content, load_settlement_mapping(mapping), name="file").settlements


ROWS = (
    f"po_1,{AT},charge,usd,100.00,3.20,96.80,ch_1,Charge,PO-1",
    f"po_1,{AT},charge,usd,50.00,1.75,48.25,ch_2,Charge,PO-2",
    f"po_1,{AT},refund,usd,-20.00,0.00,-20.00,re_1,Refund,PO-1",
    f"po_1,{AT},dispute,usd,-50.00,15.00,-65.00,dp_1,Chargeback,PO-2",
    f"po_1,{AT},fee,usd,-2.00,0.00,-2.00,fee_1,Billing,",
    f"po_1,{AT},payout,usd,-58.05,0.00,-58.05,po_1,STRIPE PAYOUT,",
)


class TestSignedAmounts:
    def test_every_line_is_kept_and_they_come_to_what_is_paid_out(self) -> None:
        (found,) = read(stripe(*ROWS))
        assert (found.provider, found.reference, found.currency) == ("stripe", "po_1", "USD")
        assert (found.settled_on, found.net_minor, found.lines_minor) == (date(2026, 11, 5), 5_805, 5_805)
        assert (found.balanced, found.problems) == (True, ())
        assert [line.kind for line in found.lines] == ["payment", "payment", "refund", "chargeback", "fee"]
        first = found.lines[0]
        assert (first.gross_minor, first.fee_minor, first.tax_minor, first.net_minor) == (10_000, 320, 0, 9_680)
        assert (first.reference, first.payment_reference, first.occurred_on) == ("PO-1", "ch_1", date(2026, 11, 2))
        assert found.by_kind() == {"chargeback": -6_500, "fee": -200, "payment": 14_505, "refund": -2_000}

    def test_a_line_that_doesnt_come_out_is_told_with_both_numbers(self) -> None:
        (found,) = read(stripe(ROWS[0].replace("96.80", "96.81"), *ROWS[1:]))
        assert found.balanced is False
        assert [problem.line for problem in found.problems] == [2]
        assert "96.81" in found.problems[0].reason
        assert "96.80" in found.problems[0].reason
        assert found.difference_minor == -1

    def test_a_line_that_is_missing_shows_in_the_sum(self) -> None:
        (found,) = read(stripe(*ROWS[1:]))
        assert (found.balanced, found.difference_minor, found.problems) == (False, 9_680, ())

    def test_without_a_total_nothing_is_claimed(self) -> None:
        (found,) = read(stripe(*ROWS[:-1]))
        assert (found.net_minor, found.balanced, found.lines_minor) == (None, None, 5_805)

    def test_payouts_and_currencies_are_settlements_of_their_own(self) -> None:
        other = ROWS[0].replace("po_1", "po_2")
        waiting = ROWS[1].replace("po_1,2026-11-05 00:00:00", ",")
        found = read(stripe(ROWS[0], other, ROWS[0].replace("usd", "eur"), waiting))
        said = [(each.reference, each.currency, each.settled_on) for each in found]
        day = date(2026, 11, 5)
        assert said == [("po_1", "USD", day), ("po_2", "USD", day), ("po_1", "EUR", day), ("", "USD", None)]

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (ROWS[0].replace("charge,", "surprise,"), "no kind that is known"),
            (ROWS[0].replace("100.00", "100.005"), "100.005"),
            (ROWS[0].replace("100.00", ""), "has no amount"),
            (ROWS[0].replace("usd", "zzz"), "zzz".upper()),
            (ROWS[0].replace("2026-11-02", "2026-31-02"), "2026-31-02"),
            (ROWS[0] + ",more", "cells"),
        ],
    )
    def test_what_cant_be_read_is_told_by_line_and_the_rest_is_read(self, row: str, reason: str) -> None:
        found = read(stripe(ROWS[1], row, ROWS[2]))
        assert [problem.line for each in found for problem in each.problems] == [3]
        assert reason in next(problem.reason for each in found for problem in each.problems)
        assert sum(len(each.lines) for each in found) == 2

    def test_two_totals_are_one_too_many(self) -> None:
        (found,) = read(stripe(*ROWS, ROWS[-1].replace("-58.05", "-58.06")))
        assert (found.net_minor, found.balanced) == (5_805, False)
        assert "another total" in found.problems[0].reason


INDIA = (
    "entity_id,type,debit,credit,amount,currency,fee,tax,created_at,settled_at,settlement_id,settlement_utr,order_id,"
    "order_receipt"
)
INDIA_AT = "02/11/2026 10:00:00,04/11/2026 15:00:00,setl_1,UTR123"


def test_an_indian_aggregators_style() -> None:
    content = "\n".join(
        [
            INDIA,
            f'pay_1,payment,0.00,"97,640.00","1,00,000.00",INR,"2,360.00",360.00,{INDIA_AT},order_1,PO-1',
            f"rfnd_1,refund,500.00,0.00,500.00,INR,0.00,0.00,{INDIA_AT},order_1,",
            f"adj_1,adjustment,10.00,0.00,10.00,INR,0.00,0.00,{INDIA_AT},,",
        ]
    ).encode()
    (found,) = read(content, "india-aggregator")
    assert (found.reference, found.bank_reference, found.settled_on) == ("setl_1", "UTR123", date(2026, 11, 4))
    payment, refund, adjustment = found.lines
    assert (payment.gross_minor, payment.fee_minor, payment.tax_minor) == (10_000_000, 200_000, 36_000)
    assert (payment.net_minor, payment.reference, payment.payment_reference) == (9_764_000, "PO-1", "pay_1")
    assert (refund.gross_minor, refund.net_minor, refund.reference) == (-50_000, -50_000, "order_1")
    assert (adjustment.kind, adjustment.net_minor) == ("adjustment", -1_000)
    assert (found.problems, found.lines_minor) == ((), 9_713_000)


OWN = """
name = "own"
provider = "psp"
date_format = "%Y-%m-%d"
settlement = "Payout"
kind = "Kind"
gross = "Gross"
fee = "Fee"
total = "Total"
taken_is_negative = true
in_minor_units = true
[currency]
fixed = "EUR"
[kinds]
sale = "payment"
note = "pass"
"""


def own(tmp_path: Path, changes: tuple[str, str] = ("", "")) -> str:
    file = tmp_path / "own.toml"
    file.write_text(OWN.replace(*changes) if changes[0] else OWN)
    return str(file)


def test_a_mapping_of_ones_own_minor_units_negative_fees_and_a_total_on_each_row(tmp_path: Path) -> None:
    (found,) = read(
        b"Payout,Kind,Gross,Fee,Total\nP,sale,1000,-25,1950\nP,note,,,\nP,sale,1000,-25,1950\n", own(tmp_path)
    )
    assert [(line.gross_minor, line.fee_minor, line.net_minor) for line in found.lines] == [(1_000, 25, 975)] * 2
    assert (found.net_minor, found.balanced) == (1_950, True)
    (half,) = read(b"Payout,Kind,Gross,Fee,Total\nP,sale,10.5,-25,1950\n", str(tmp_path / "own.toml"))
    assert (half.lines, len(half.problems)) == ((), 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (('kind = "Kind"', 'kind = ""'), "$.kind"),
        (('fixed = "EUR"', ""), "$.currency"),
        (('"payment"', '"theft"'), "$.kinds"),
        (('total = "Total"', "gross_is_unsigned = true"), "$.gross_is_unsigned"),
        (('total = "Total"', "fee_includes_tax = true"), "$.fee_includes_tax"),
    ],
)
def test_a_mapping_that_means_nothing_says_where(tmp_path: Path, changes: tuple[str, str], field: str) -> None:
    with pytest.raises(MappingMalformed) as refused:
        load_settlement_mapping(own(tmp_path, changes))
    assert refused.value.field.startswith(field)


def test_mappings_of_the_product_are_sound_and_others_arent_found() -> None:
    assert len(known_settlement_mappings()) >= 2
    for name in known_settlement_mappings():
        assert load_settlement_mapping(name).name == name
    with pytest.raises(MappingNotFound, match="stripe-balance"):
        load_settlement_mapping("nobodys")


def test_a_file_without_the_columns_is_refused_with_what_is_missing() -> None:
    with pytest.raises(SettlementUnreadable, match="net"):
        read(stripe(*ROWS).replace(b"net,source", b"nett,source"))


def test_a_program_reads_first_what_others_rely_on() -> None:
    shown = told(read(stripe(*ROWS))[0])
    assert list(shown)[:6] == ["provider", "reference", "bank_reference", "currency", "settled_on", "net_minor"]
    assert shown["balanced"] is True


@given(st.lists(st.tuples(st.integers(-(10**10), 10**10), st.integers(-(10**6), 10**6)), min_size=1, max_size=20))
def test_what_is_written_is_read_to_the_minor_unit(amounts: list[tuple[int, int]]) -> None:
    rows = [
        ",".join([f"po_1,{AT},charge,usd", *(amount_text(each, "USD") for each in (gross, fee, gross - fee)), ",,"])
        for gross, fee in amounts
    ]
    total = sum(gross - fee for gross, fee in amounts)
    rows.append(f"po_1,{AT},payout,usd,{amount_text(-total, 'USD')},0,{amount_text(-total, 'USD')},,,")
    (found,) = read(stripe(*rows))
    assert [(line.gross_minor, line.fee_minor) for line in found.lines] == amounts
    assert (found.net_minor, found.balanced) == (total, True)
