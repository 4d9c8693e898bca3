"""An entry that is said twice has one key: in two formats, in pieces, in any order; two payments have two."""

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from api.exchange.bank_statements.entry_references import References, contradicts
from api.exchange.bank_statements.reading import read_statements
from api.exchange.bank_statements.sameness import (
    KEY_HEX,
    KnownEntry,
    Numbered,
    entry_key,
    known_after,
    numbered,
)
from api.exchange.bank_statements.statement import StatementEntry

DAY, AFTER = date(2026, 11, 2), date(2026, 11, 3)


def line(
    amount_minor: int = 100,
    *,
    value: date = AFTER,
    booking: date = DAY,
    says_booking: bool = True,
    says_value: bool = True,
    **said: Any,
) -> StatementEntry:
    plain = StatementEntry(
        amount_minor=amount_minor,
        value_date=value,
        booking_date=booking,
        reference="",
        end_to_end_id="",
        has_booking_date=says_booking,
        has_value_date=says_value,
    )
    return msgspec.structs.replace(plain, **said)


def told(*statements: Sequence[StatementEntry]) -> list[KnownEntry]:
    known: list[KnownEntry] = []
    for statement in statements:
        known = known_after(known, read(statement, known))
    return known


def read(statement: Sequence[StatementEntry], known: Sequence[KnownEntry] = ()) -> list[Numbered]:
    return numbered(statement, account="DE02", currency="EUR", known=known)


def keys(known: Sequence[KnownEntry]) -> list[str]:
    return [each.key for each in known]


class TestKeys:
    def test_a_key_is_made_of_every_field_each_with_its_length(self) -> None:
        fields = ["DE02", "EUR", "-100", "2026-11-03", "2026-11-02", "1"]
        encoded = b"".join(len(field).to_bytes(4, "big") + field.encode() for field in fields)
        made = entry_key(
            account="DE02", currency="EUR", amount_minor=-100, value_date=AFTER, booking_date=DAY, ordinal=1
        )
        assert made == sha256(encoded).hexdigest()[:KEY_HEX]
        assert len(made) == 32

    def test_fields_dont_run_into_one_another(self) -> None:
        one, other = (
            entry_key(account=account, currency=currency, amount_minor=1, value_date=DAY, booking_date=DAY, ordinal=1)
            for account, currency in (("DE02E", "UR"), ("DE02", "EUR"))
        )
        assert one != other

    def test_those_alike_in_one_statement_are_counted(self) -> None:
        found = read([line(), line(), line(200), line()])
        assert [each.now.ordinal for each in found] == [1, 2, 1, 3]
        assert len({each.key for each in found}) == 4

    def test_another_account_or_currency_is_another_entry(self) -> None:
        known = told([line()])
        elsewhere = numbered([line()], account="DE03", currency="EUR", known=known)
        in_dollars = numbered([line()], account="DE02", currency="USD", known=known)
        assert [each.known for each in (*elsewhere, *in_dollars)] == [None, None]


class TestSameness:
    def test_what_is_read_twice_has_no_new_key(self) -> None:
        statement = [line(end_to_end_id="A"), line(end_to_end_id="B"), line(), line(-5), line()]
        once = told(statement)
        assert keys(told(statement, statement)) == keys(once)
        assert len(once) == 5

    def test_pieces_that_overlap_come_to_the_same_keys(self) -> None:
        statement = [line(remittance=f"invoice {number}") for number in range(6)] + [line(), line()]
        whole = set(keys(told(statement)))
        assert set(keys(told(statement[:4], statement[2:7], statement))) == whole

    def test_two_payments_with_other_references_in_two_pieces_are_two(self) -> None:
        for name in ("end_to_end_id", "bank_reference", "holder_reference", "remittance"):
            first, second = (msgspec.structs.replace(line(), **{name: said}) for said in ("PO-1001", "PO-1002"))
            assert len(told([first], [second])) == 2, name

    def test_a_reference_that_only_one_says_contradicts_nothing(self) -> None:
        assert len(told([line(end_to_end_id="A", remittance="invoice 7")], [line(remittance="INVOICE  7")])) == 1
        assert len(told([line()], [line(end_to_end_id="A")])) == 1

    def test_what_is_learnt_later_is_known_from_then_on(self) -> None:
        known = told([line()], [line(end_to_end_id="A")], [line(end_to_end_id="B")])
        assert [each.sightings for each in known] == [
            (References(end_to_end_id="A"),),
            (References(end_to_end_id="B"),),
        ]

    def test_each_takes_the_one_that_it_agrees_with_whatever_the_order(self) -> None:
        known = told([line(end_to_end_id="A"), line(end_to_end_id="B"), line()])
        found = read([line(), line(end_to_end_id="B"), line(end_to_end_id="A")], known)
        assert [each.key for each in found] == [known[2].key, known[1].key, known[0].key]

    def test_one_that_fits_two_leaves_the_other_what_fits_it_alone(self) -> None:
        known = told([line(end_to_end_id="A"), line(end_to_end_id="B")])
        found = read([line(), line(end_to_end_id="A")], known)
        assert [each.key for each in found] == [known[1].key, known[0].key]

    def test_a_day_that_one_format_doesnt_say_contradicts_nothing(self) -> None:
        without = line(value=AFTER, booking=AFTER, says_booking=False)
        assert len(told([line()], [without])) == len(told([without], [line()])) == 1
        booked_only = line(value=DAY, booking=DAY, says_value=False)
        assert len(told([line()], [booked_only])) == 1

    @pytest.mark.parametrize("other", [line(value=DAY), line(booking=AFTER), line(101), line(-100)])
    def test_other_days_and_amounts_are_other_entries(self, other: StatementEntry) -> None:
        assert len(told([line()], [other])) == 2

    def test_what_agrees_in_all_that_is_said_and_never_stood_together_is_taken_for_one(self) -> None:
        assert len(told([line()], [line()])) == 1  # the limit that the module names


class TestReferences:
    @pytest.mark.parametrize(
        ("one", "other", "is_other"),
        [
            ({"end_to_end_id": "A-1"}, {"end_to_end_id": "a 1"}, False),
            ({"end_to_end_id": "A-1"}, {"end_to_end_id": "A-10"}, True),
            ({"holder_reference": "PO-1001-ACME-EXP"}, {"holder_reference": "PO-1001-ACME-EXPORTS"}, False),
            ({"bank_reference": "1234567890123456"}, {"bank_reference": "12345678901234567890"}, False),
            ({"bank_reference": "1234567890"}, {"bank_reference": "12345678901"}, True),
            ({"holder_reference": "P-1"}, {"end_to_end_id": "P-1", "holder_reference": "I-9"}, False),
            ({"holder_reference": "P-1"}, {"holder_reference": "P-2", "end_to_end_id": "E"}, True),
            ({"remittance": "invoice 7"}, {"remittance": "ACME GMBH / Invoice-7 / thanks"}, False),
            ({"remittance": "invoice 7"}, {"remittance": "invoice 8"}, True),
            ({"remittance": "M\u00fcller"}, {"remittance": "MULLER"}, False),
            ({"end_to_end_id": "A", "remittance": "x"}, {"end_to_end_id": "A", "remittance": "y"}, False),
            ({"end_to_end_id": "A", "bank_reference": "1"}, {"end_to_end_id": "A", "bank_reference": "2"}, True),
        ],
    )
    def test_which_references_speak_of_two(self, one: dict[str, str], other: dict[str, str], *, is_other: bool) -> None:
        assert contradicts(References(**one), References(**other)) is is_other
        assert contradicts(References(**other), References(**one)) is is_other


CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>
<Acct><Id><IBAN>DE02</IBAN></Id><Ccy>EUR</Ccy></Acct>{}</Stmt></BkToCstmrStmt></Document>"""
NTRY = """<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-02</Dt>
</BookgDt><ValDt><Dt>2026-11-03</Dt></ValDt><NtryDtls><TxDtls><Refs><InstrId>I-{0}</InstrId><EndToEndId>PO-{0}</EndToEndId>
</Refs><RmtInf><Ustrd>Invoice {0} of Exporters</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


@pytest.mark.parametrize(
    "details",
    [
        ":86:166?00CREDIT?20EREF+PO-{0}?21SVWZ+INVOICE {0} OF EXPO?22RTERS?32ACME",
        ":86:166?00CREDIT?20SVWZ+INVOICE {0} OF EXPORTE?21RS?32ACME",
        ":86:CREDIT ACME INVOICE {0} OF EXPORTERS",
        ":86:/EREF/PO-{0}/ORDP//NAME/ACME/REMI/INVOICE {0} OF EXPORTERS",
        "",
    ],
)
@pytest.mark.parametrize("day_of_booking", ["1102", ""])
def test_camt_and_mt940_of_one_day_have_the_same_keys(details: str, day_of_booking: str) -> None:
    numbers = (1, 2, 10)
    camt = CAMT.format("".join(NTRY.format(number) for number in numbers)).encode()
    lines = "\n".join(f":61:261103{day_of_booking}C1,00NTRFNONREF\n{details.format(number)}" for number in numbers)
    mt940 = f":20:X\n:25:DE02\n:28C:1\n:60F:C261101EUR0,00\n{lines}\n:62F:C261102EUR3,00\n-\n".encode()
    entries = [read_statements(content).statements[0].entries for content in (camt, mt940)]
    for first, second in (entries, entries[::-1]):
        known = told(first)
        assert [each.known is not None for each in read(second, known)] == [True] * 3
        if details:
            assert [each.key for each in read(second, known)] == keys(known)


def test_a_thousand_fees_alike_are_numbered_and_found_again() -> None:
    statement = [line(-100, remittance="fee") for _ in range(1_000)]
    known = told(statement)
    assert [each.key for each in read(statement, known)] == keys(known)
    assert len(set(keys(known))) == 1_000


def test_what_is_known_can_be_written_and_read() -> None:
    (known,) = told([line(end_to_end_id="A", remittance="x")])
    assert msgspec.convert(json.loads(msgspec.json.encode(known)), KnownEntry) == known
