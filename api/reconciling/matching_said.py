"""What a person says of lines of statements, made whole: how much a posting was in all is read from the books."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from api.composition import OpenedBook
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from domain.errors import NotFound
from domain.references import kind_of
from projections.open_reconciliation import find_items
from projections.reconciliation_rows import OpenItemRow


@dataclass(eq=False, kw_only=True)
class OpenItemNotFound(NotFound):
    """Nothing is called so that was posted on a bank or clearing account."""

    code: ClassVar[str] = "item.not_found"
    item: str


def completed(book: OpenedBook, command: MatchBankEntries) -> MatchBankEntries:
    """
    Return a match with how much each posting in it was in all, whatever was said of that.

    Raises: OpenItemNotFound.
    """
    named = {each.item for entry in command.entries for each in entry.targets if kind_of(each.item) == "open_item"}
    if not named:
        return command
    with book.pool.connection() as connection:
        items = find_items(connection, book.name, named)
    entries = tuple(
        MatchedEntry(entry=said.entry, targets=tuple(_whole(target, items) for target in said.targets))
        for said in command.entries
    )
    return replace(command, entries=entries)


def _whole(target: SaidTarget, items: Mapping[str, OpenItemRow]) -> SaidTarget:
    if kind_of(target.item) != "open_item":
        return target
    if target.item not in items:
        raise OpenItemNotFound(item=target.item[:200])
    return replace(target, of_minor=items[target.item].of_minor)
