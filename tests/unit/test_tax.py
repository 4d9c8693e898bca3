"""Tax on commission: what is withheld and which GST it bears, by day, place and threshold."""

from datetime import date
from itertools import pairwise

import pytest

from domain.tax import GST, NO_GST, WITHHOLDING, GstTreatment, charged_minor, reversed_minor

IN_COMMISSION = WITHHOLDING["in-commission"]
THRESHOLD_MINOR = 2_000_000
A_DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2025, 4, 1), "194H"),
        (date(2026, 3, 31), "194H"),
        (date(2026, 4, 1), "1006"),
        (date(2030, 1, 1), "1006"),
    ],
)
def test_a_deduction_is_reported_under_the_code_of_its_day(day: date, code: str) -> None:
    row = IN_COMMISSION.row_on(day)
    assert row is not None
    assert (row.code, row.rate_bps, row.threshold_minor) == (code, 200, THRESHOLD_MINOR)


def test_before_the_first_row_nothing_is_withheld() -> None:
    assert IN_COMMISSION.row_on(date(2025, 3, 31)) is None


@pytest.mark.parametrize(
    ("table", "earned_so_far_minor", "before_minor", "base_minor"),
    [
        ("in-commission", THRESHOLD_MINOR, 0, 0),
        ("in-commission", THRESHOLD_MINOR + 1, 0, 1),
        ("in-commission", THRESHOLD_MINOR + 500, 100, 400),
        ("in-commission", THRESHOLD_MINOR + 500, 600, 0),
        ("in-commission-whole", THRESHOLD_MINOR, 0, 0),
        ("in-commission-whole", THRESHOLD_MINOR + 1, 0, THRESHOLD_MINOR + 1),
        ("in-commission-whole", THRESHOLD_MINOR + 500, THRESHOLD_MINOR + 1, 499),
    ],
)
def test_tax_is_withheld_on_the_excess_or_the_whole_once_the_threshold_is_passed(
    table: str, earned_so_far_minor: int, before_minor: int, base_minor: int
) -> None:
    row = WITHHOLDING[table].row_on(A_DAY)
    assert row is not None
    base = WITHHOLDING[table].base_of(earned_so_far_minor, row=row, before_minor=before_minor)
    assert base == base_minor


@pytest.mark.parametrize(
    ("day", "payer", "partner", "treatment", "rate_bps"),
    [
        (date(2026, 3, 29), "IN", "IN", "forward", 1_800),
        (date(2026, 3, 30), "IN", "IN", "forward", 1_800),
        (date(2026, 3, 29), "IN", "DE", "outside", 0),
        (date(2026, 3, 30), "IN", "DE", "reverse", 1_800),
        (date(2026, 3, 29), "CN", "IN", "none", 0),
        (date(2026, 3, 30), "CN", "IN", "zero_rated", 0),
        (date(2026, 3, 30), "CN", "DE", "none", 0),
        (date(2017, 6, 30), "IN", "IN", "none", 0),
    ],
)
def test_gst_depends_on_who_is_where_and_on_the_day(
    day: date, payer: str, partner: str, treatment: GstTreatment, rate_bps: int
) -> None:
    gst = GST["in-commission"].gst_on(day, payer_country=payer, partner_country=partner)
    assert (gst.treatment, gst.rate_bps) == (treatment, rate_bps)
    assert bool(gst.rule) is (treatment != "none")


@pytest.mark.parametrize(("amount_minor", "gst_minor"), [(10_000, 1_800), (25, 4), (75, 14), (2, 0), (3, 1)])
def test_gst_is_rounded_once_half_to_even(amount_minor: int, gst_minor: int) -> None:
    gst = GST["in-commission"].gst_on(A_DAY, payer_country="IN", partner_country="IN")
    assert gst.on(amount_minor) == gst_minor


def test_without_a_rule_no_tax_is_computed() -> None:
    assert NO_GST.on(10_000) == 0


@pytest.mark.parametrize(
    ("treatment", "charged", "reversed_"),
    [("forward", 18, 0), ("reverse", 0, 18), ("zero_rated", 0, 0), ("outside", 0, 0), ("none", 0, 0)],
)
def test_tax_is_charged_by_the_partner_or_owed_by_the_payer(
    treatment: GstTreatment, charged: int, reversed_: int
) -> None:
    assert (charged_minor(treatment, 18), reversed_minor(treatment, 18)) == (charged, reversed_)


def test_every_row_is_sourced_and_none_is_unverified() -> None:
    rows = [row for table in WITHHOLDING.values() for row in table.rows]
    gst_rows = [row for table in GST.values() for row in table.rows]
    assert {row.mark for row in rows} | {row.mark for row in gst_rows} <= {"V", "S", "S-weak"}
    assert all(row.source for row in rows)
    assert all(row.source for row in gst_rows)


def test_rows_stand_in_the_order_of_their_days() -> None:
    for table in WITHHOLDING.values():
        assert all(before.since < after.since for before, after in pairwise(table.rows))
    for gst in GST.values():
        assert all(before.since <= after.since for before, after in pairwise(gst.rows))


def test_a_table_is_found_under_its_own_name() -> None:
    assert {name: table.name for name, table in WITHHOLDING.items()} == {name: name for name in WITHHOLDING}
