"""What becomes of entries and items: matched, returned, suggested, unmatched, or still awaited."""

from typing import Literal

from msgspec import Struct

BreakKind = Literal[
    "amount",
    "date",
    "ambiguous",
    "missing_in_bank",
    "missing_in_ledger",
    "duplicate",
    "fee",
    "fx",
    "refund_out_of_period",
    "wrong_account",
]

DifferenceKind = Literal["fee", "rounding"]


class Difference(Struct, frozen=True, kw_only=True, gc=False):
    """What the bank says less what was expected, in minor units: below zero where money is missing."""

    kind: DifferenceKind
    amount_minor: int


class Share(Struct, frozen=True, gc=False):
    """An entry or an item with how much of it takes part, in minor units with its sign at the bank."""

    reference: str
    amount_minor: int


class Matched(Struct, frozen=True, kw_only=True, gc=False):
    """
    Entries and items that belong together for certain, by the rule of that name.

    The entries' sum is the items' sum and the difference. The reason is a sentence without names or texts of the bank.
    """

    rule: str
    entries: tuple[Share, ...]
    items: tuple[Share, ...]
    reason: str
    difference: Difference | None = None


class Returned(Struct, frozen=True, kw_only=True, gc=False):
    """
    An entry that takes back what another settled, for certain.

    item: what was settled; settled_by: the entry that did; amount_minor: of the entry, with the other sign.
    """

    entry: str
    item: str
    settled_by: str
    amount_minor: int
    reason: str
    difference: Difference | None = None


class Candidate(Struct, frozen=True, kw_only=True, gc=False):
    """
    Items that an entry may belong to.

    score: 0 to 1000; difference_minor: the entry's amount less theirs.
    """

    items: tuple[str, ...]
    score: int
    reason: str
    difference_minor: int


class Suggested(Struct, frozen=True, kw_only=True, gc=False):
    """An entry that a person has to look at; kind: what keeps the first candidate from being certain."""

    entry: str
    kind: BreakKind
    candidates: tuple[Candidate, ...]
    reason: str


class Unmatched(Struct, frozen=True, kw_only=True, gc=False):
    """
    An entry, an item, or an entry and the item that it names but doesn't fit.

    about: entries and items that it resembles, which stand elsewhere.
    """

    kind: BreakKind
    reason: str
    entry: str = ""
    item: str = ""
    about: tuple[str, ...] = ()


class Matching(Struct, frozen=True, kw_only=True, gc=False):
    """
    What became of all entries and items.

    Every entry stands in one place: matched, returned, suggested or unmatched. Every item stands in one kind of place:
    matched once, unmatched once, awaited once, or among the candidates of one suggestion or more.
    """

    matched: tuple[Matched, ...]
    returned: tuple[Returned, ...]
    suggested: tuple[Suggested, ...]
    unmatched: tuple[Unmatched, ...]
    awaited: tuple[str, ...]
    """Items whose day hasn't passed."""
