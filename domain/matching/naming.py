"""What an entry names: the items whose references stand in it, in its end-to-end id, references or text."""

from msgspec import Struct

from domain.matching.ground import Ground
from domain.matching.reference_text import joined
from domain.matching.sides import OpenEntry


class Group(Struct, frozen=True, eq=False, gc=False):
    """The open items of one reference that fit an account and a currency; mostly one."""

    numbers: tuple[int, ...]
    members: frozenset[int]


class Naming(Struct, frozen=True, kw_only=True, gc=False):
    """
    What one entry names.

    groups: of open items that go the entry's way, one for each thing that it names; a reference that several items
    share names them all, and counts for nothing beside one that names fewer of them. references: all that are given,
    joined. by_id: whether an end-to-end id of ours named them. against: open items that go the other way. elsewhere:
    open items in another currency or at another account. settled: what was settled before. hinted: open items that are
    named, but not for certain.
    """

    groups: tuple[Group, ...] = ()
    references: tuple[str, ...] = ()
    by_id: bool = False
    against: tuple[int, ...] = ()
    elsewhere: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()
    hinted: tuple[int, ...] = ()

    @property
    def only(self) -> int | None:
        """Return the one open item that is named, if it's one."""
        return self.groups[0].numbers[0] if len(self.groups) == 1 and len(self.groups[0].numbers) == 1 else None

    @property
    def is_silent(self) -> bool:
        """Return whether the entry names nothing that is known."""
        return not (self.groups or self.against or self.elsewhere or self.settled or self.hinted)


SILENT = Naming()


class Reader:
    """Reads what entries name, each reference's items looked up once for all of them."""

    def __init__(self, ground: Ground) -> None:
        """Read on a ground."""
        self.ground = ground
        self._groups: dict[tuple[str, str, str], Group] = {}
        self._unlike: dict[tuple[int, ...], Group] = {}

    def naming_of(self, entry: OpenEntry) -> Naming:
        """Return what an entry names."""
        ground = self.ground
        whole: dict[str, None] = {}
        hints: dict[str, None] = {}
        own_id = joined(entry.end_to_end_id)
        # What we sent out carries our own id, there and back: its text is written for the payee.
        things = [*(ground.items[n] for n in ground.items_by_reference.get(own_id, ()))]
        things += [ground.settled[n].item for n in ground.settled_by_reference.get(own_id, ())]
        if things:
            whole[own_id] = None
        if not things or any(thing.amount_minor > 0 for thing in things):
            for text in (entry.end_to_end_id, *entry.references, entry.bank_reference):
                self._find(text, whole, hints, is_field=True)
            self._find(entry.remittance, whole, hints)
        if not whole and not hints:
            return SILENT
        return self._named(entry, whole, hints, by_id=own_id in whole)

    def _find(self, text: str, whole: dict[str, None], hints: dict[str, None], *, is_field: bool = False) -> None:
        """Find references in a text; what stands in a field of its own may be one by itself, however short."""
        if not text:
            return
        plain = joined(text) if is_field else ""
        if plain in self.ground.items_by_reference or plain in self.ground.settled_by_reference:
            whole[plain] = None
            return
        for reference, is_whole in self.ground.finder.find(text):
            (whole if is_whole else hints)[reference] = None

    def _named(self, entry: OpenEntry, whole: dict[str, None], hints: dict[str, None], *, by_id: bool) -> Naming:
        ground = self.ground
        here: dict[int, Group] = {}
        against: set[int] = set()
        elsewhere: set[int] = set()
        settled: dict[int, None] = {}
        for reference in whole:
            settled.update(dict.fromkeys(ground.settled_by_reference.get(reference, ())))
            group = self._group(reference, entry)
            if not group.numbers:
                numbers = ground.items_by_reference.get(reference, ())
                elsewhere.update(n for n in numbers if _same_way(entry, ground.items[n].amount_minor))
            elif any(_same_way(entry, ground.items[number].amount_minor) for number in group.numbers):
                here[id(group)] = group
            else:
                against.update(group.numbers)
        return Naming(
            groups=_narrowest(list(here.values())),
            references=tuple(whole),
            by_id=by_id,
            against=tuple(sorted(against)),
            elsewhere=tuple(sorted(elsewhere)),
            settled=tuple(settled),
            hinted=tuple(sorted({number for hint in hints for number in self._group(hint, entry).numbers})),
        )

    def _group(self, reference: str, entry: OpenEntry) -> Group:
        """Return the items of a reference that fit an entry; references of the same items are one group."""
        sought = (reference, entry.account, entry.currency)
        if sought not in self._groups:
            items = self.ground.items
            found = self.ground.items_by_reference.get(reference, ())
            numbers = tuple(number for number in found if self.ground.fits(entry, items[number]))
            group = self._unlike.setdefault(numbers, Group(numbers, frozenset(numbers)))
            self._groups[sought] = group
        return self._groups[sought]


def _narrowest(groups: list[Group]) -> tuple[Group, ...]:
    """Return the groups that hold no smaller one of the others."""
    return tuple(group for group in groups if not any(other.members < group.members for other in groups))


def _same_way(entry: OpenEntry, amount_minor: int) -> bool:
    return entry.amount_minor * amount_minor > 0
