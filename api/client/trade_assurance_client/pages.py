"""Pages: a list, part by part, each as it was at the position of the first."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """
    One page of a list.

    next: the cursor of the next one, nothing on the last; position: of the log that the list reflects.
    """

    items: list[T]
    next: str | None = None
    position: int = 0
