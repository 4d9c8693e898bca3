"""
The characters that every bank can take: Latin letters without accents, digits, and `/ - ? : ( ) . , ' +` and space.

What else comes in is spelled in them as far as a table says how: accents are left out, Greek and Cyrillic letters and
typographic signs have a spelling. A letter of any other script becomes a full stop, one for a run of them; a sign or a
picture becomes a space.
Source: EPC217-08, "SEPA requirements for an extended character set": its conversions of Greek and Bulgarian letters
and of letters with accents, and the full stop for what has none.
"""

import re
import unicodedata
from functools import cache

from msgspec import Struct

_PLAIN = re.compile(r"[A-Za-z0-9/?:().,'+ -]*")
_HAS_WORD = re.compile(r"[A-Za-z0-9]")
_HAS_LETTER = re.compile(r"[A-Za-z]")
_UNWRITABLE = "\0"
"""Stands for a letter without a spelling until runs are counted; no character given can come out as it."""
_RUNS = re.compile(rf"{_UNWRITABLE}[{_UNWRITABLE} ]*")

_LATIN = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ĸ": "k",
    "ŋ": "n", "ŧ": "t", "ə": "e", "\N{LATIN SMALL LETTER DOTLESS I}": "i",
}  # fmt: skip
_ALPHABETS = {
    "\N{GREEK SMALL LETTER ALPHA}": "a v g d e z i th i k l m n x o p r s s t y f ch ps o",
    "\N{CYRILLIC SMALL LETTER A}": "a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y y e yu ya",
    "\N{CYRILLIC SMALL LETTER DJE}": "dj g ye dz i yi j lj nj c k i u dz",
    "\N{CYRILLIC SMALL LETTER GHE WITH UPTURN}": "g",
}
"""Spellings of letters that follow one another in Unicode, by the first of them."""
_SIGNS = {
    "&": "+", "_": "-", ";": ",", "[": "(", "]": ")", "{": "(", "}": ")", "\\": "/", "|": "/", '"': "'", "`": "'",
    "~": "-", "\N{FRACTION SLASH}": "/", "\N{MODIFIER LETTER APOSTROPHE}": "'", "\N{MINUS SIGN}": "-",
    "\N{EURO SIGN}": "EUR", "\N{INDIAN RUPEE SIGN}": "INR", "\N{POUND SIGN}": "GBP",
    "\N{IDEOGRAPHIC FULL STOP}": ".", "\N{IDEOGRAPHIC COMMA}": ",", "\N{DEVANAGARI DANDA}": ".",
}  # fmt: skip
_SPELLINGS = _LATIN | _SIGNS
_SPELLINGS |= {
    chr(ord(first) + number): spelling
    for first, spellings in _ALPHABETS.items()
    for number, spelling in enumerate(spellings.split())
}


class Spelling(Struct, frozen=True):
    """A text as it can be written. is_lost: letters of it couldn't be, or it was cut off."""

    text: str
    is_lost: bool


def is_plain(text: str) -> bool:
    """Return whether every bank can take all characters of a text."""
    return _PLAIN.fullmatch(text) is not None


def has_word(text: str) -> bool:
    """Return whether there is a letter or a digit in a text that can be written."""
    return _HAS_WORD.search(text) is not None


def has_letter(text: str) -> bool:
    """Return whether there is a Latin letter in a text."""
    return _HAS_LETTER.search(text) is not None


def spelled(text: str, *, length_max: int) -> Spelling:
    """Return a text in characters that every bank can take, with single spaces, cut at `length_max`."""
    plain = text if is_plain(text) else "".join(map(_spelled, text))
    whole = " ".join(_RUNS.sub(". ", plain).split())
    cut = whole[:length_max].rstrip()
    return Spelling(cut, is_lost=_UNWRITABLE in plain or cut != whole)


@cache
def _spelled(character: str) -> str:
    if _PLAIN.fullmatch(character):
        return character
    lower = character.lower()
    for known in (character, lower):
        if known in _SPELLINGS:
            found = _SPELLINGS[known]
            return found if known == character else found.capitalize()
    parts = unicodedata.normalize("NFKD", character)
    if parts != character:
        return "".join(map(_spelled, parts))
    return _of_category(character)


def _of_category(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    match unicodedata.category(character):
        case "Pd":
            return "-"
        case "Pi" | "Pf":
            return "'"
        case "Mn" | "Me" | "Cf":
            return ""
        case "Lu" | "Ll" | "Lt" | "Lm" | "Lo" | "Mc" | "Nl" | "No":
            return _UNWRITABLE
        case _:
            return " "
