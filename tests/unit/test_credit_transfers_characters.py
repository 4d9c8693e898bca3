"""Characters that every bank can take: what else comes in is spelled in them, and what is lost is told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.credit_transfers.accounts import IBAN_LENGTHS, SEPA_COUNTRIES, iban_of, iban_problem
from api.exchange.credit_transfers.characters import is_plain, spelled

TAKEN = re.compile(r"[A-Za-z0-9/?:().,'+-]+(?: [A-Za-z0-9/?:().,'+-]+)*|")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Müller & Söhne", "Muller + Sohne"),
        ("Weiß Straße", "Weiss Strasse"),
        ("Ærø Øl ÞÓR Łódź Đakovo", "Aero Ol ThOR Lodz Dakovo"),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}zmir \N{LATIN SMALL LETTER DOTLESS I}ğdi", "Izmir igdi"),
        ("Ελληνική Εταιρεία", "Elliniki Etaireia"),
        ("Софийска вода", "Sofiyska voda"),
        ("Ђорђевић", "Djordjevic"),
        ("Київ Їжак Ґалаґан", "Kiyiv Yizhak Galagan"),
        ("№ 5 ½ ² ﬁne", "No 5 1/2 2 fine"),
        ("१२३ ٤٥", "123 45"),
        ("“quoted” \N{EN DASH} dash…", "'quoted' - dash..."),
        ("a\tb\nc\x00d\u00a0e", "a b c d e"),
        ("left\u200fto\u202eright", "lefttoright"),
        ("Acme \N{ROCKET} Ltd!", "Acme Ltd"),
        ("a@b_c[d]{e}", "a b-c(d)(e)"),
        ("  spaces   go ", "spaces go"),
    ],
)
def test_it_is_spelled_without_loss(text: str, written: str) -> None:
    spelling = spelled(text, length_max=140)
    assert (spelling.text, spelling.is_lost) == (written, False)


@pytest.mark.parametrize(
    ("text", "written"),
    [("陈伟 Co 贸易", ". Co ."), ("राम Traders", ". Traders"), ("شركة", "."), ("חברה 7", ". 7"), ("ก้า x", ". x")],
)
def test_letters_without_a_spelling_are_one_full_stop_for_a_run_and_lost(text: str, written: str) -> None:
    spelling = spelled(text, length_max=140)
    assert (spelling.text, spelling.is_lost) == (written, True)


def test_what_is_cut_is_lost_and_ends_in_no_space() -> None:
    cut = spelled("Acme Trading Company", length_max=5)
    assert (cut.text, cut.is_lost) == ("Acme", True)


@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(1, 140))
def test_whatever_comes_in_can_be_taken_and_fits(text: str, length_max: int) -> None:
    written = spelled(text, length_max=length_max).text
    assert TAKEN.fullmatch(written)
    assert len(written) <= length_max
    assert is_plain(written)


@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(1, 140))
def test_what_is_spelled_stays(text: str, length_max: int) -> None:
    written = spelled(text, length_max=length_max).text
    again = spelled(written, length_max=length_max)
    assert (again.text, again.is_lost) == (written, False)


def test_iban_check_digits_find_every_single_change_and_every_swap() -> None:
    iban = "GB82WEST12345698765432"
    assert iban_problem(iban_of("gb82 west 1234 5698 7654 32")) == ""
    for place in range(2, len(iban)):
        for other in "0123456789":
            changed = iban[:place] + other + iban[place + 1 :]
            assert bool(iban_problem(changed)) == (changed != iban)
        swapped = iban[: place - 1] + iban[place] + iban[place - 1] + iban[place + 1 :]
        assert bool(iban_problem(swapped)) == (swapped != iban)


def test_every_country_of_sepa_has_a_length() -> None:
    assert set(IBAN_LENGTHS) >= SEPA_COUNTRIES
    assert len(IBAN_LENGTHS) == 89
