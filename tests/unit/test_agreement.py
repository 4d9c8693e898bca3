"""Agreement: signed, amended from a day to come, ended; its tiers, its years, and what it counts in them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from domain.agreement import (
    Agreement,
    AgreementAlreadySigned,
    AgreementAmended,
    AgreementChangeBackdated,
    AgreementCounted,
    AgreementEnded,
    AgreementNotInForce,
    TermsVersion,
    YearTotal,
)
from domain.agreement_terms import AgreementTerms, AgreementTermsMalformed, CurrencyTerms, RateLine, Tier
from domain.commands import AmendAgreement, EndAgreement, SignAgreement
from domain.countries import CountryUnknown
from domain.money import MINOR_MAX, CurrencyUnknown
from domain.references import ReferenceMalformed
from domain.tax import NO_GST, WITHHOLDING
from domain.working_days import CalendarUnknown
from tests.agreements import AGREEMENT, ENDS_ON, SIGNED_ON, THIS_YEAR, agreed_terms, signed
from tests.given import AT, folded, given, on

TOMORROW = date(2026, 11, 23)
OTHER = agreed_terms(rate_bps=150)
TIERS = (Tier(from_minor=1_000, rate_bps=150), Tier(from_minor=5_000, rate_bps=100))
INDIAN = {"withholding": "in-commission", "gst": "in-commission", "payer_country": "IN", "partner_country": "IN"}


def sign(
    terms: AgreementTerms | None = None,
    *,
    agreement: str = "AG-1",
    partner: str = "PAR-1",
    ends_on: date | None = ENDS_ON,
    year_begins: int = 4,
    time_zone: str = "Asia/Kolkata",
) -> SignAgreement:
    return SignAgreement(
        agreement=agreement,
        partner=partner,
        starts_on=SIGNED_ON,
        ends_on=ends_on,
        year_begins=year_begins,
        time_zone=time_zone,
        terms=terms or agreed_terms(),
    )


def amend(terms: AgreementTerms = OTHER, *, starts_on: date = TOMORROW) -> AmendAgreement:
    return AmendAgreement(agreement="AG-1", starts_on=starts_on, terms=terms)


def end(*, ends_on: date = TOMORROW, reason: str = "partner-closed") -> EndAgreement:
    return EndAgreement(agreement="AG-1", ends_on=ends_on, reason=reason)


def agreement_of(*events: Any) -> Agreement:
    agreement = folded(AGREEMENT, *(happened.event for happened in signed()), *events)
    assert isinstance(agreement, Agreement)
    return agreement


def counted(**fields: Any) -> AgreementCounted:
    return AgreementCounted(**{"order": "PO-1", "what": "accrued", "year": THIS_YEAR, "currency": "USD", **fields})


class TestSigning:
    def test_an_agreement_is_signed_with_its_terms(self) -> None:
        then = given().when(sign()).then(signed())
        then.leaves(AGREEMENT, partner="PAR-1", versions=(TermsVersion(starts_on=SIGNED_ON, terms=agreed_terms()),))

    def test_without_more_nothing_is_withheld_taxed_tiered_or_capped(self) -> None:
        terms = AgreementTerms(rate_bps=200, attribution_days=365)
        assert (terms.basis, terms.payer) == ("gross", "operator")
        assert (terms.withholding, terms.gst, terms.by_currency) == ("", "", {})
        assert terms.gst_on(THIS_YEAR) == NO_GST
        assert terms.withholding_in("INR") is None

    @pytest.mark.parametrize(
        ("terms", "field"),
        [
            ({"rate_bps": -1}, "rate_bps"),
            ({"rate_bps": 10_001}, "rate_bps"),
            ({"attribution_days": 0}, "attribution_days"),
            ({"attribution_days": 3_661}, "attribution_days"),
            ({"by_currency": {"USD": CurrencyTerms(tiers=TIERS[::-1])}}, "by_currency.USD.tiers"),
            ({"by_currency": {"USD": CurrencyTerms(tiers=(TIERS[0], TIERS[0]))}}, "by_currency.USD.tiers"),
            (
                {"by_currency": {"USD": CurrencyTerms(tiers=(replace(TIERS[0], from_minor=0),))}},
                "by_currency.USD.tiers",
            ),
            (
                {"by_currency": {"USD": CurrencyTerms(tiers=(replace(TIERS[0], from_minor=MINOR_MAX + 1),))}},
                "by_currency.USD.tiers",
            ),
            (
                {
                    "by_currency": {
                        "USD": CurrencyTerms(tiers=tuple(Tier(from_minor=n, rate_bps=1) for n in range(1, 22)))
                    }
                },
                "by_currency.USD.tiers",
            ),
            (
                {"by_currency": {"USD": CurrencyTerms(tiers=(replace(TIERS[0], rate_bps=10_001),))}},
                "by_currency.USD.tiers.rate_bps",
            ),
            ({"by_currency": {"USD": CurrencyTerms(cap_minor=-1)}}, "by_currency.USD.cap_minor"),
            ({"by_currency": {"USD": CurrencyTerms(cap_minor=MINOR_MAX + 1)}}, "by_currency.USD.cap_minor"),
            ({"by_currency": {"USD": CurrencyTerms(minimum_minor=-1)}}, "by_currency.USD.minimum_minor"),
            ({"withholding": "in-rent"}, "withholding"),
            ({"gst": "in-rent"}, "gst"),
            ({"gst": "in-commission"}, "gst"),
            ({"gst": "in-commission", "payer_country": "IN"}, "gst"),
            ({"payer_country": "IN"}, "gst"),
            ({"partner_country": "IN"}, "gst"),
        ],
        ids=str,
    )
    def test_terms_that_cannot_be_meant_are_not_signed(self, terms: dict[str, Any], field: str) -> None:
        given().when(sign(agreed_terms(**terms))).refused(AgreementTermsMalformed, field=field)

    @pytest.mark.parametrize("year_begins", [0, 13])
    def test_a_year_begins_in_a_month(self, year_begins: int) -> None:
        given().when(sign(year_begins=year_begins)).refused(AgreementTermsMalformed, field="year_begins")

    @pytest.mark.parametrize("ends_on", [SIGNED_ON, date(2024, 3, 31)])
    def test_an_agreement_ends_after_it_begins(self, ends_on: date) -> None:
        given().when(sign(ends_on=ends_on)).refused(AgreementTermsMalformed, field="ends_on")

    def test_an_agreement_may_be_without_end(self) -> None:
        given().when(sign(ends_on=None)).leaves(AGREEMENT, ends_on=None)

    def test_its_days_are_those_of_a_place(self) -> None:
        given().when(sign(time_zone="Asia/Kalkutta")).refused(CalendarUnknown, field="time_zone")

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"year_begins": 1}, "withholding"),
            ({"time_zone": "UTC"}, "withholding"),
        ],
    )
    def test_its_years_and_days_are_those_of_the_tax_withheld(self, fields: dict[str, Any], field: str) -> None:
        given().when(sign(agreed_terms(**INDIAN), **fields)).refused(AgreementTermsMalformed, field=field)

    def test_its_days_are_those_of_its_gst(self) -> None:
        only_gst = agreed_terms(**(INDIAN | {"withholding": ""}))
        given().when(sign(only_gst, time_zone="UTC")).refused(AgreementTermsMalformed, field="gst")
        given().when(sign(only_gst, year_begins=1)).then_topics("AgreementSigned")

    def test_a_currency_is_one_of_the_world(self) -> None:
        terms = agreed_terms(by_currency={"usd": CurrencyTerms()})
        given().when(sign(terms)).refused(CurrencyUnknown, currency="usd")

    @pytest.mark.parametrize("field", ["payer_country", "partner_country"])
    def test_a_country_is_one_of_the_world(self, field: str) -> None:
        given().when(sign(agreed_terms(**(INDIAN | {field: "XX"})))).refused(CountryUnknown, country="XX")

    def test_agreement_and_partner_are_keys(self) -> None:
        given().when(sign(agreement="a b")).refused(ReferenceMalformed, field="agreement")
        given().when(sign(partner="")).refused(ReferenceMalformed, field="partner")

    def test_an_agreement_is_signed_once(self) -> None:
        given(signed()).when(sign()).refused(AgreementAlreadySigned, agreement=AGREEMENT)


class TestAmending:
    def test_new_terms_are_for_orders_of_days_to_come_and_past_terms_stay(self) -> None:
        then = given(signed()).when(amend())
        then.then(on(AGREEMENT, AgreementAmended(starts_on=TOMORROW, terms=OTHER)))
        agreement = then.world.load(AGREEMENT).aggregate
        assert isinstance(agreement, Agreement)
        assert agreement.find_version(date(2026, 11, 22)) == TermsVersion(starts_on=SIGNED_ON, terms=agreed_terms())
        assert agreement.find_version(TOMORROW) == TermsVersion(starts_on=TOMORROW, terms=OTHER)
        assert agreement.version_from(SIGNED_ON).terms == agreed_terms()

    def test_terms_are_not_amended_for_today(self) -> None:
        today = date(2026, 11, 22)
        given(signed()).when(amend(starts_on=today)).refused(
            AgreementChangeBackdated, agreement=AGREEMENT, day=today, earliest=TOMORROW
        )

    def test_today_is_where_the_agreement_counts_its_days(self) -> None:
        after_midnight_there = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
        given(signed()).when(amend(), at=after_midnight_there).refused(
            AgreementChangeBackdated, earliest=date(2026, 11, 24)
        )

    def test_an_amendment_follows_the_one_before_it(self) -> None:
        before = given(signed()).said(amend(starts_on=date(2027, 1, 1)))
        before.when(amend(starts_on=date(2027, 1, 1))).refused(AgreementChangeBackdated, earliest=date(2027, 1, 2))
        before.when(amend(starts_on=date(2027, 1, 2))).then_topics("AgreementAmended")

    def test_nothing_is_amended_from_the_end_on(self) -> None:
        given(signed()).when(amend(starts_on=ENDS_ON)).refused(AgreementNotInForce, agreement=AGREEMENT, day=ENDS_ON)

    def test_amended_terms_are_checked_like_signed_ones(self) -> None:
        calendar_years = given().said(sign(year_begins=1))
        calendar_years.when(amend(agreed_terms(withholding="in-commission"))).refused(
            AgreementTermsMalformed, field="withholding"
        )


class TestEnding:
    def test_an_ended_agreement_covers_no_new_orders_and_keeps_the_terms_of_old_ones(self) -> None:
        then = given(signed()).when(end())
        then.then(on(AGREEMENT, AgreementEnded(ends_on=TOMORROW, reason="partner-closed")))
        agreement = then.world.load(AGREEMENT).aggregate
        assert isinstance(agreement, Agreement)
        assert agreement.find_version(TOMORROW) is None
        assert agreement.find_version(date(2026, 11, 22)) is not None
        assert agreement.version_from(SIGNED_ON).terms == agreed_terms()

    def test_an_agreement_without_end_is_ended(self) -> None:
        given().said(sign(ends_on=None)).when(end()).leaves(AGREEMENT, ends_on=TOMORROW)

    def test_an_agreement_does_not_end_today(self) -> None:
        today = date(2026, 11, 22)
        given(signed()).when(end(ends_on=today)).refused(AgreementChangeBackdated, day=today, earliest=TOMORROW)

    def test_an_agreement_does_not_end_later_than_it_would(self) -> None:
        given(signed()).when(end(ends_on=ENDS_ON)).refused(AgreementNotInForce, day=ENDS_ON)

    def test_a_reason_is_a_code(self) -> None:
        given(signed()).when(end(reason="they left")).refused(ReferenceMalformed, field="reason")


class TestTiers:
    def test_without_tiers_there_is_one_rate(self) -> None:
        assert agreed_terms().lines(10_000, position_minor=99, currency="USD") == (
            RateLine(basis_minor=10_000, rate_bps=200),
        )

    @pytest.mark.parametrize(
        ("basis_minor", "position_minor", "lines"),
        [
            (1_000, 0, [(1_000, 200)]),
            (1_001, 0, [(1_000, 200), (1, 150)]),
            (6_000, 0, [(1_000, 200), (4_000, 150), (1_000, 100)]),
            (500, 1_000, [(500, 150)]),
            (500, 4_900, [(100, 150), (400, 100)]),
            (500, 9_000, [(500, 100)]),
            (0, 0, []),
        ],
    )
    def test_each_tiers_rate_is_for_its_own_part_of_the_years_basis(
        self, basis_minor: int, position_minor: int, lines: Iterable[tuple[int, int]]
    ) -> None:
        terms = agreed_terms(by_currency={"USD": CurrencyTerms(tiers=TIERS)})
        assert terms.lines(basis_minor, position_minor=position_minor, currency="USD") == tuple(
            RateLine(basis_minor=part_minor, rate_bps=rate_bps) for part_minor, rate_bps in lines
        )

    def test_tiers_are_of_one_currency(self) -> None:
        terms = agreed_terms(by_currency={"USD": CurrencyTerms(tiers=TIERS)})
        assert terms.lines(9_000, position_minor=0, currency="EUR") == (RateLine(basis_minor=9_000, rate_bps=200),)


class TestDaysAndYears:
    @pytest.mark.parametrize(
        ("day", "year"),
        [(date(2026, 3, 31), date(2025, 4, 1)), (date(2026, 4, 1), THIS_YEAR), (date(2027, 3, 31), THIS_YEAR)],
    )
    def test_a_day_belongs_to_the_year_that_began_last(self, day: date, year: date) -> None:
        assert agreement_of().year_of(day) == year

    def test_a_day_is_the_agreements_own(self) -> None:
        assert agreement_of().day_of(datetime(2026, 3, 31, 18, 30, tzinfo=UTC)) == date(2026, 4, 1)
        assert agreement_of().day_of(AT) == date(2026, 11, 22)

    def test_before_it_begins_it_is_not_in_force(self) -> None:
        assert agreement_of().find_version(date(2024, 3, 31)) is None

    def test_an_exporter_is_attributed_for_the_days_of_the_terms_in_force(self) -> None:
        agreement = agreement_of(AgreementAmended(starts_on=TOMORROW, terms=agreed_terms(attribution_days=90)))
        assert agreement.attribution_days_on(date(2026, 11, 22)) == 365
        assert agreement.attribution_days_on(TOMORROW) == 90

    @pytest.mark.parametrize("day", [date(2024, 3, 31), ENDS_ON])
    def test_nobody_is_attributed_outside_the_agreement(self, day: date) -> None:
        with pytest.raises(AgreementNotInForce):
            agreement_of().attribution_days_on(day)


class TestCounting:
    def test_what_accrued_counts_in_its_year_and_currency(self) -> None:
        agreement = agreement_of(
            counted(basis_minor=10_000, commission_minor=200),
            counted(basis_minor=5_000, commission_minor=100),
            counted(basis_minor=7, commission_minor=1, currency="INR"),
            counted(basis_minor=9, commission_minor=2, year=date(2027, 4, 1)),
        )
        assert agreement.total_of(THIS_YEAR, "USD") == YearTotal(
            year=THIS_YEAR, currency="USD", basis_minor=15_000, commission_minor=300
        )
        assert agreement.total_of(THIS_YEAR, "INR").basis_minor == 7
        assert agreement.total_of(date(2027, 4, 1), "USD").commission_minor == 2
        assert agreement.total_of(date(2030, 4, 1), "USD") == YearTotal(year=date(2030, 4, 1), currency="USD")

    def test_what_was_clawed_back_counts_no_more(self) -> None:
        agreement = agreement_of(
            counted(basis_minor=10_000, commission_minor=200),
            counted(what="clawed_back", basis_minor=2_500, commission_minor=50),
        )
        assert agreement.total_of(THIS_YEAR, "USD") == YearTotal(
            year=THIS_YEAR, currency="USD", basis_minor=7_500, commission_minor=150
        )

    def test_what_was_earned_counts_with_its_tax_until_it_is_given_back(self) -> None:
        earned = counted(what="earned", commission_minor=100, withheld_base_minor=40, withheld_minor=4)
        given_back = counted(what="given_back", commission_minor=50, withheld_base_minor=20, withheld_minor=2)
        assert agreement_of(earned).total_of(THIS_YEAR, "USD") == YearTotal(
            year=THIS_YEAR, currency="USD", earned_minor=100, withheld_base_minor=40, withheld_minor=4
        )
        assert agreement_of(earned, given_back).total_of(THIS_YEAR, "USD") == YearTotal(
            year=THIS_YEAR, currency="USD", earned_minor=50, withheld_base_minor=20, withheld_minor=2
        )


class TestTax:
    def test_tax_is_withheld_in_the_currency_of_the_named_table_only(self) -> None:
        terms = agreed_terms(**INDIAN)
        assert terms.withholding_in("INR") is WITHHOLDING["in-commission"]
        assert terms.withholding_in("USD") is None

    def test_gst_is_that_of_the_named_table_between_the_named_countries(self) -> None:
        assert agreed_terms(**INDIAN).gst_on(THIS_YEAR).rule == "in-forward"
        assert agreed_terms(**(INDIAN | {"payer_country": "CN"})).gst_on(THIS_YEAR).rule == "in-export-of-service"


def test_a_command_about_an_agreement_says_what_it_will_read() -> None:
    assert sign().subjects() == amend().subjects() == end().subjects() == (AGREEMENT,)
