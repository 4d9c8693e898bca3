"""However a day's entries are cut, ordered and stripped of references, the keys are those of the whole day."""

from collections.abc import Sequence
from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.bank_statements.sameness import KnownEntry, known_after, numbered
from api.exchange.bank_statements.statement import StatementEntry

DAYS = (date(2026, 11, 2), date(2026, 11, 3))
KINDS = ("end_to_end_id", "bank_reference", "holder_reference", "remittance")


@st.composite
def days(draw: st.DrawFn, *, unique: bool) -> list[StatementEntry]:
    """Draw a whole day's entries, few amounts so that many are alike. unique: no reference is another payment's too."""
    drawn = draw(st.lists(st.tuples(st.sampled_from((100, -100, 250)), st.sampled_from(DAYS)), max_size=7))
    entries = []
    for number, (amount, day) in enumerate(drawn):
        said = {}
        for kind in KINDS:
            names = ["", f"{kind} {number:04}"] if unique else ["", f"{kind} {number:04}", f"{kind} of several"]
            said[kind] = draw(st.sampled_from(names))
        plain = StatementEntry(amount_minor=amount, value_date=day, booking_date=day, reference="", end_to_end_id="")
        entries.append(msgspec.structs.replace(plain, **said))
    return entries


def stripped(entry: StatementEntry, kept: Sequence[bool]) -> StatementEntry:
    """Return an entry as a format tells it that says only some kinds of references."""
    return msgspec.structs.replace(
        entry, **{kind: "" for kind, is_kept in zip(KINDS, kept, strict=True) if not is_kept}
    )


@st.composite
def pieces(draw: st.DrawFn, whole: Sequence[StatementEntry], *, evenly: bool) -> list[list[StatementEntry]]:
    """Draw pieces of a day, in its order. evenly: each piece says the same kinds of references of all its entries."""
    drawn = []
    for _ in range(draw(st.integers(0, 5))):
        places = [place for place in range(len(whole)) if draw(st.booleans())]
        kept = draw(st.lists(st.booleans(), min_size=4, max_size=4))
        drawn.append(
            [
                stripped(whole[place], kept if evenly else draw(st.lists(st.booleans(), min_size=4, max_size=4)))
                for place in places
            ]
        )
    return drawn


def keys_after(*statements: Sequence[StatementEntry]) -> set[str]:
    known: list[KnownEntry] = []
    for statement in statements:
        said = numbered(statement, account="DE02", currency="EUR", known=known)
        assert len({each.key for each in said}) == len(statement)
        known = known_after(known, said)
    return {each.key for each in known}


@given(st.data(), days(unique=False))
def test_once_the_whole_is_known_no_piece_of_it_is_new(data: st.DataObject, whole: list[StatementEntry]) -> None:
    drawn = data.draw(pieces(whole, evenly=False))
    assert keys_after(whole, *drawn) == keys_after(whole)


@given(st.data(), days(unique=True))
def test_pieces_first_and_the_whole_at_last_come_to_the_keys_of_the_whole(
    data: st.DataObject, whole: list[StatementEntry]
) -> None:
    drawn = data.draw(pieces(whole, evenly=True))
    assert keys_after(*drawn, whole) == keys_after(whole)


@given(st.data(), days(unique=True))
def test_entries_that_all_say_who_they_are_may_come_one_by_one_in_any_order(
    data: st.DataObject, whole: list[StatementEntry]
) -> None:
    named = [msgspec.structs.replace(entry, end_to_end_id=f"PO-{number:04}") for number, entry in enumerate(whole)]
    order = data.draw(st.permutations(named))
    assert keys_after(*([entry] for entry in order)) == keys_after(named)


@given(days(unique=False))
def test_numbering_is_the_same_every_time(whole: list[StatementEntry]) -> None:
    first, second = (numbered(whole, account="DE02", currency="EUR", known=[]) for _ in range(2))
    assert first == second
