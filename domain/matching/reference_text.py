"""
References in the text of a payment: found whole, whatever case, spaces and separators they're written with.

`PO-1001` stands in `inv po 1001, thanks` and in `/ROC/PO1001/`; it doesn't stand in `PO-10012`, and not for certain in
`PO-1001-2`, which may be another's reference.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.matching.policy import Policy

ATOM = re.compile(r"[^\W\d_]+|\d+")
JOINERS = frozenset("-._")
GROUPED_MIN = 10
"""Characters of a reference, such as an account, that may be written in groups: `IN12 HDFC 0001 2345`."""
TEXT_ATOMS_MAX = 400
NOTHING_SAID = frozenset({"", "NOTPROVIDED", "NONREF", "NA", "NONE"})


class Found(NamedTuple):
    """A reference in a text, as joined; is_whole: whether it stands there by itself, exactly."""

    joined: str
    is_whole: bool


class _Atom(NamedTuple):
    text: str
    start: int
    end: int


def upper(text: str) -> str:
    """Return a text in capitals, its wide and composed characters as plain ones."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).upper()


def joined(reference: str) -> str:
    """Return a reference without case, spaces and separators: `PO1001` of `po-1001`; nothing of what says nothing."""
    plain = "".join(ATOM.findall(upper(reference)))
    return "" if plain in NOTHING_SAID else plain


class ReferenceFinder:
    """All references that are known, to be found in texts."""

    def __init__(self, references: Iterable[str], policy: Policy) -> None:
        """Take references as they're written."""
        self._atoms: dict[str, set[tuple[str, ...]]] = {}
        self._prefixes: set[str] = set()
        self.digit_lengths: set[int] = set()
        """How long those are that have digits only."""
        for reference in references:
            atoms = tuple(ATOM.findall(upper(reference)))
            plain = "".join(atoms)
            if not _is_long_enough(plain, policy):
                continue
            self._atoms.setdefault(plain, set()).add(atoms)
            if len(atoms) > 1 and atoms[0].isalpha() and atoms[1].isdigit():
                self._prefixes.add(atoms[0])
            if plain.isdigit():
                self.digit_lengths.add(len(plain))
        self._heads = {plain[:length] for plain in self._atoms for length in (1, 2, 3)}
        self._longest = max(map(len, self._atoms), default=0)

    def find(self, text: str) -> list[Found]:
        """Return the references that stand in a text, in its order; of two that overlap the first, or longer."""
        capitals = upper(text)
        atoms = _atoms(capitals)
        spans = self._spans(atoms)
        starts = {first for first, _ in spans}
        ends = {last for _, last in spans}
        found = []
        for first, last in spans:
            exact = tuple(atom.text for atom in atoms[first : last + 1])
            plain = "".join(exact)
            is_exact = exact in self._atoms[plain] or len(plain) >= GROUPED_MIN
            opens = first == 0 or first - 1 in ends or _parts(capitals, atoms[first - 1], atoms[first])
            closes = last + 1 == len(atoms) or last + 1 in starts or _parts(capitals, atoms[last], atoms[last + 1])
            found.append(Found(plain, is_exact and opens and closes))
        return found

    def look_alikes(self, text: str) -> list[str]:
        """Return what looks like a reference in a text but is none that is known, joined."""
        capitals = upper(text)
        atoms = _atoms(capitals)
        known = {index for first, last in self._spans(atoms) for index in range(first, last + 1)}
        alike = []
        for index, atom in enumerate(atoms):
            if index in known:
                continue
            after = atoms[index + 1] if index + 1 < len(atoms) else None
            if atom.text in self._prefixes and after and after.text.isdigit() and after.start - atom.end <= 1:
                alike.append(atom.text + after.text)
            elif atom.text.isdigit() and len(atom.text) in self.digit_lengths:
                alike.append(atom.text)
        return alike

    def _spans(self, atoms: Sequence[_Atom]) -> list[tuple[int, int]]:
        """Return the first and last atom of each reference; where two overlap, the one that begins first, or longer."""
        spans = []
        first = 0
        while first < len(atoms):
            last = self._longest_from(atoms, first)
            if last is None:
                first += 1
            else:
                spans.append((first, last))
                first = last + 1
        return spans

    def _longest_from(self, atoms: Sequence[_Atom], first: int) -> int | None:
        plain, last = atoms[first].text, None
        if plain[:3] not in self._heads:
            return None
        for index in range(first, len(atoms)):
            if index > first:
                plain += atoms[index].text
            if len(plain) > self._longest:
                break
            if plain in self._atoms:
                last = index
        return last


def _atoms(capitals: str) -> list[_Atom]:
    found = [_Atom(match.group(), match.start(), match.end()) for match in ATOM.finditer(capitals)]
    return found[:TEXT_ATOMS_MAX]


def _is_long_enough(plain: str, policy: Policy) -> bool:
    least = policy.reference_digits_min if plain.isdigit() else policy.reference_characters_min
    return len(plain) >= least and not plain.isalpha()


def _parts(capitals: str, before: _Atom, after: _Atom) -> bool:
    """Return whether what stands between two atoms parts them: a space, a comma, a slash beside a word."""
    between = capitals[before.end : after.start]
    if not between or set(between) <= JOINERS:
        return False
    return between != "/" or not (before.text.isdigit() and after.text.isdigit())
