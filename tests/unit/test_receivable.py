"""Receivables and remittances: what happens to a shipment's value, and what always holds of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import commands
from domain.errors import LedgerError
from domain.money import Money
from domain.receivable import Receivable
from domain.receivable_events import (
    Invoice,
    OrderShare,
    ReceivableCertificateCancelled,
    ReceivableCertified,
    ReceivableClosed,
    ReceivableDeducted,
    ReceivableExtended,
    ReceivableOrderLinked,
    ReceivableRealisationUndone,
    ReceivableRealised,
    ReceivableRecorded,
)
from domain.receivable_refusals import (
    CertificateOnlyByBank,
    DeclarationExceeded,
    DeductionSourceUnlinked,
    ReceivableCurrencyDiffers,
    ReceivableExceeded,
    ReceivableMalformed,
)
from domain.remittance import Remittance, RemittanceAllocated, RemittanceExceeded, RemittanceFreed, RemittanceMalformed
from domain.ruled_by import name_rulebook
from domain.rules import Rules
from domain.unit_of_work import AggregateNotFound, UnitOfWork
from tests.causes.realisation import (
    BILL,
    CERTIFY,
    DEDUCT,
    MATCH,
    REMIT,
    REMITTANCE,
    SHIP,
    agreed_by_two,
    disputed,
    shipped,
)
from tests.given import AT, RULES, Given, agreed, given, on, ruled, usd

INDIA = replace(RULES, time_zone="Asia/Kolkata")


def test_shipment_is_due_by_the_rules_of_its_order_at_the_end_of_a_day_where_they_are() -> None:
    recorded = ReceivableRecorded(
        exporter="EXP-1",
        currency="USD",
        invoices=SHIP.invoices,
        shipped_on=date(2026, 11, 2),
        port="",
        settled_in="USD",
        value=Money("INR", 835_000),
        rulebook="rulebook:standard/1",
        due_on=date(2028, 2, 2),
        due_at=datetime(2028, 2, 2, 18, 30, tzinfo=UTC),
        time_zone="Asia/Kolkata",
        declaration_limit_minor=100_000_000,
        cancel_days=120,
    )
    linked = ReceivableOrderLinked(order="PO-1", amount_minor=8_000, currency="USD")
    given(*agreed(rules=INDIA)).when(SHIP).then(on(BILL, recorded, linked))


def test_day_of_shipment_counts_where_the_rules_are() -> None:
    """At 20:00 in London it is the next day in India: goods may have left on it already."""
    said = replace(SHIP, orders=(), shipped_on=date(2026, 11, 23))
    evening = datetime(2026, 11, 22, 20, tzinfo=UTC)
    given(ruled(INDIA)).when(said, at=evening).then_topics("ReceivableRecorded")
    given(ruled()).when(said, at=evening).refused(ReceivableMalformed, field="shipped_on")


def test_value_without_a_bills_is_that_of_the_invoices_and_has_no_limit_in_dollars() -> None:
    book = given(*agreed()).said(replace(SHIP, customs_value=None))
    book.when(replace(DEDUCT, amount=usd(10_000), source="")).leaves(BILL, value=usd(10_000), is_declarable=False)
    book.when(commands.CloseReceivable(receivable="SB-1", by="declaration")).refused(
        DeclarationExceeded, limit_minor=None, value_currency="USD"
    )
    book.when(commands.CloseReceivable(receivable="SB-1", by="bank", reference="EDPMS/1")).then(
        on(
            BILL,
            ReceivableClosed(
                closed_by="bank", reference="EDPMS/1", realised_minor=0, deducted_minor=10_000, currency="USD"
            ),
        )
    )


@pytest.mark.parametrize(("value_minor", "may"), [(100_000_000, True), (100_000_001, False)])
def test_ten_lakh_rupees_may_be_declared_and_not_a_paisa_more(value_minor: int, *, may: bool) -> None:
    said = replace(SHIP, customs_value=Money("INR", value_minor))
    agreed_by_two().when(said).leaves(BILL, is_declarable=may)


def test_limit_is_the_rulebooks() -> None:
    rules = replace(RULES, own_declaration_minor={"USD": 9_999})
    given(*agreed(rules=rules)).when(replace(SHIP, customs_value=None)).leaves(
        BILL, is_declarable=False, declaration_limit_minor=9_999
    )


def test_money_is_matched_on_both_sides_and_freed_on_both() -> None:
    realised = ReceivableRealised(
        number=1,
        remittance="IRM-1",
        amount_minor=6_000,
        currency="USD",
        used_minor=6_000,
        used_currency="USD",
        received_on=date(2026, 11, 20),
        purpose="P0102",
        ship_by=None,
    )
    matched = {"receivable": "SB-1", "realisation": 1, "amount_minor": 6_000, "currency": "USD"}
    book = shipped()
    book.when(MATCH).then(on(BILL, realised), on(REMITTANCE, RemittanceAllocated(**matched)))  # type: ignore[arg-type]
    freed = commands.FreeRemittance(receivable="SB-1", realisation=1, reason="another-bill")
    undone = ReceivableRealisationUndone(number=1, amount_minor=6_000, currency="USD", reason="another-bill")
    book.when(freed).then(on(BILL, undone), on(REMITTANCE, RemittanceFreed(**matched)))  # type: ignore[arg-type]
    book.when(MATCH).leaves(BILL, realised_minor=6_000, realisations_ever=2)


def test_what_came_in_rupees_says_how_much_of_the_invoices_it_realised() -> None:
    rupees = replace(REMIT, remittance="IRM-R", amount=Money("INR", 500_000))
    book = shipped().said(rupees)
    said = commands.AllocateRemittance(receivable="SB-1", remittance="IRM-R", amount=Money("INR", 500_000))
    book.when(said).refused(ReceivableCurrencyDiffers, currency="INR", needed="USD")
    book.when(replace(said, realised=usd(5_950))).leaves(BILL, realised_minor=5_950, open_minor=4_050)
    book.when(replace(said, amount=Money("INR", 1), realised=usd(1))).refused(RemittanceExceeded, left_minor=0)


def test_realised_and_deducted_never_pass_what_was_invoiced() -> None:
    book = shipped().said(MATCH)
    book.when(replace(DEDUCT, amount=usd(4_001), source="")).refused(ReceivableExceeded, open_minor=4_000)
    book.when(replace(DEDUCT, amount=usd(4_000), source="")).leaves(BILL, open_minor=0)


def test_deduction_names_what_it_comes_of() -> None:
    event = ReceivableDeducted(
        number=1, reason="platform-fee", amount_minor=250, currency="USD", source="dispute:PO-1/1"
    )
    disputed().when(DEDUCT).then(on(BILL, event))
    for source in ("hold:PO-1", "release:PO-2/1", "nonsense", "order:PO-1"):
        disputed().when(replace(DEDUCT, source=source)).refused(DeductionSourceUnlinked, source=source)
    for source in ("release:PO-1/1", "release:PO-1", "refund:PO-1/x", "commission:PO-1", "dispute:PO-1/2"):
        disputed().when(replace(DEDUCT, source=source)).refused(AggregateNotFound)


def test_certificate_covers_what_was_realised_until_it_is_cancelled() -> None:
    book = shipped().said(replace(MATCH, amount=usd(2_000)), MATCH)
    first = ReceivableCertified(
        certificate="BRC-1", certified_on=date(2026, 11, 22), realisations=(2,), amount_minor=6_000, currency="USD"
    )
    book.when(replace(CERTIFY, realisations=(2,))).then(on(BILL, first))
    book.when(replace(CERTIFY, certificate="BRC-2")).leaves(BILL, certified_minor=8_000)
    cancel = commands.CancelCertificate(receivable="SB-1", certificate="BRC-1", reason="wrong-bill")
    on_the_last_day = AT + timedelta(days=120)
    book.when(cancel, at=on_the_last_day + timedelta(days=1)).refused(
        CertificateOnlyByBank, last_day=on_the_last_day.date()
    )
    cancelled = ReceivableCertificateCancelled(
        certificate="BRC-1", cancelled_by="exporter", amount_minor=6_000, currency="USD", reason="wrong-bill"
    )
    book.when(cancel, at=on_the_last_day).then(on(BILL, cancelled)).leaves(BILL, certified_minor=2_000)


def test_bank_cancels_at_any_time() -> None:
    cancel = commands.CancelCertificate(receivable="SB-1", certificate="BRC-1", by="bank", reason="wrong-bill")
    book = shipped().said(MATCH, CERTIFY)
    book.when(cancel, at=AT + timedelta(days=2_000)).leaves(BILL, certified_minor=0)


def test_bank_gives_more_time_and_the_first_day_stays_known() -> None:
    extended = ReceivableExtended(
        due_on=date(2028, 5, 31), due_at=datetime(2028, 6, 1, tzinfo=UTC), reference="AD/EXT/17"
    )
    said = commands.ExtendRealisation(receivable="SB-1", due_on=date(2028, 5, 31), reference="AD/EXT/17")
    then = shipped().when(said).then(on(BILL, extended))
    then.leaves(BILL, due_on=date(2028, 5, 31), first_due_on=date(2028, 2, 2))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invoices", ()),
        ("invoices", SHIP.invoices * 2),
        ("invoices", tuple(replace(SHIP.invoices[0], number=f"I-{number}") for number in range(101))),
        ("invoices", (replace(SHIP.invoices[0], number=" EXP/118"),)),
        ("invoices", (replace(SHIP.invoices[0], issued_on=date(1, 1, 1)),)),
        ("invoices", (replace(SHIP.invoices[0], number='=HYPERLINK("x")'),)),
        ("port", "Nhava Sheva ✈"),
        ("shipped_on", date(2026, 11, 23)),
        ("shipped_on", date(9999, 1, 1)),
    ],
)
def test_shipment_that_cant_be_meant_is_refused(field: str, value: Any) -> None:
    agreed_by_two().when(replace(SHIP, **{field: value})).refused(ReceivableMalformed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((("purpose", code)) for code in ("P010", "P01033", "p0103", "S0103", "P\u0661\u0661\u0661\u0661", "")),
        ("ad_code", "123456"),
        ("ad_code", "123456\u0667"),
        ("received_on", date(2026, 11, 23)),
        ("received_on", date(9_500, 1, 1)),
    ],
)
def test_report_that_cant_be_meant_is_refused(field: str, value: Any) -> None:
    agreed_by_two().when(replace(REMIT, **{field: value})).refused(RemittanceMalformed, field=field)


MINOR = st.integers(1, 6_000)
SAID = st.lists(
    st.one_of(
        st.tuples(st.just("allocate"), st.sampled_from(["SB-1", "SB-2"]), st.sampled_from(["IRM-1", "IRM-2"]), MINOR),
        st.tuples(st.just("deduct"), st.sampled_from(["SB-1", "SB-2"]), st.just(""), MINOR),
        st.tuples(st.just("free"), st.sampled_from(["SB-1", "SB-2"]), st.just(""), st.integers(1, 4)),
        st.tuples(st.just("withdraw"), st.sampled_from(["SB-1", "SB-2"]), st.just(""), st.integers(1, 4)),
        st.tuples(st.just("certify"), st.sampled_from(["SB-1", "SB-2"]), st.just(""), st.integers(1, 9)),
        st.tuples(st.just("cancel"), st.sampled_from(["SB-1", "SB-2"]), st.just(""), st.integers(1, 9)),
        st.tuples(st.just("close"), st.sampled_from(["SB-1", "SB-2"]), st.just(""), st.just(0)),
    ),
    max_size=40,
)


def command_of(verb: str, bill: str, remittance: str, number: int) -> commands.Command:
    match verb:
        case "allocate":
            return commands.AllocateRemittance(receivable=bill, remittance=remittance, amount=usd(number))
        case "deduct":
            return commands.DeductFromReceivable(receivable=bill, reason="freight", amount=usd(number))
        case "free":
            return commands.FreeRemittance(receivable=bill, realisation=number, reason="wrong")
        case "withdraw":
            return commands.WithdrawDeduction(receivable=bill, deduction=number, reason="wrong")
        case "certify":
            return replace(CERTIFY, receivable=bill, certificate=f"BRC-{number}")
        case "cancel":
            return commands.CancelCertificate(receivable=bill, certificate=f"BRC-{number}", by="bank", reason="wrong")
        case _:
            return commands.CloseReceivable(receivable=bill, by="bank")


@drawn(said=SAID)
def test_nothing_is_matched_twice_and_every_bill_adds_up(said: list[tuple[str, str, str, int]]) -> None:
    """Held against sums of its own: by bill and remittance, what was allocated, freed, deducted and withdrawn."""
    second = replace(
        SHIP, receivable="SB-2", orders=(), invoices=(Invoice(number="2", issued_on=AT.date(), amount_minor=7_000),)
    )
    book = given(*agreed()).said(
        SHIP, second, replace(REMIT, amount=usd(9_000)), replace(REMIT, remittance="IRM-2", amount=usd(5_000))
    )
    matched: dict[tuple[str, int], tuple[str, int]] = {}
    deducted: dict[tuple[str, int], int] = {}
    ever: dict[str, int] = {}
    for verb, bill, remittance, number in said:
        try:
            book.world.say(command_of(verb, bill, remittance, number))
        except LedgerError:
            continue
        if verb in {"allocate", "deduct"}:
            count = ever[f"{verb} {bill}"] = ever.get(f"{verb} {bill}", 0) + 1
            if verb == "allocate":
                matched[bill, count] = (remittance, number)
            else:
                deducted[bill, count] = number
        elif verb == "free":
            del matched[bill, number]
        elif verb == "withdraw":
            del deducted[bill, number]
    for bill, invoiced_minor in (("SB-1", 10_000), ("SB-2", 7_000)):
        stands = aggregate(book, f"receivable:{bill}", Receivable)
        assert stands.realised_minor == sum(minor for (of, _), (_, minor) in matched.items() if of == bill)
        assert stands.deducted_minor == sum(minor for (of, _), minor in deducted.items() if of == bill)
        assert stands.open_minor == invoiced_minor - stands.realised_minor - stands.deducted_minor >= 0
        assert 0 <= stands.certified_minor <= stands.realised_minor
        assert stands.closed_by is None or stands.open_minor == 0
    for remittance, amount_minor in (("IRM-1", 9_000), ("IRM-2", 5_000)):
        money = aggregate(book, f"remittance:{remittance}", Remittance)
        assert money.allocated_minor == sum(minor for of, minor in matched.values() if of == remittance)
        assert 0 <= money.left_minor == amount_minor - money.allocated_minor


def aggregate(book: Given, reference: str, kind: type[Any]) -> Any:
    found = book.world.load(reference).aggregate
    assert isinstance(found, kind)
    return found


def test_orders_share_a_shipment_and_a_shipment_may_be_of_several() -> None:
    both = (OrderShare(order="PO-1", amount_minor=4_000), OrderShare(order="PO-2", amount_minor=6_000))
    book = agreed_by_two().said(replace(SHIP, orders=both), replace(SHIP, receivable="SB-2"))
    linked = aggregate(book, BILL, Receivable).orders
    assert [(each.order, each.amount_minor) for each in linked] == [("PO-1", 4_000), ("PO-2", 6_000)]
    assert [each.order for each in aggregate(book, "receivable:SB-2", Receivable).orders] == ["PO-1"]


def test_rules_without_an_order_are_those_that_are_named() -> None:
    short = Rules(realisation_months=(replace(RULES.realisation_months[0], months=2, rupee_months=3),))
    given(ruled(short)).when(replace(SHIP, orders=())).leaves(BILL, due_on=date(2027, 1, 2))


@pytest.mark.parametrize(
    ("refusal", "command"),
    [
        (
            CertificateOnlyByBank(receivable=BILL, certificate="BRC-1", last_day=date(2027, 3, 22)),
            commands.CancelCertificate(receivable="SB-1", certificate="BRC-1", reason="wrong-bill"),
        ),
        (
            DeclarationExceeded(receivable=BILL, value_currency="INR", value_minor=2, limit_minor=1),
            commands.CloseReceivable(receivable="SB-1", by="declaration"),
        ),
    ],
)
def test_refusal_by_a_rule_names_the_rulebook_of_the_shipment(refusal: LedgerError, command: commands.Command) -> None:
    uow = UnitOfWork(shipped().world.load, actor="finance:first", occurred_at=AT)
    name_rulebook(refusal, command, uow)
    assert refusal.details()["rule"] == {"name": type(refusal).rule, "rulebook": "rulebook:standard/1"}
    nowhere = UnitOfWork(given().world.load, actor="finance:first", occurred_at=AT)
    name_rulebook(refusal, command, nowhere)
    assert refusal.ruled_by == ""
