"""An order that is asked for and isn't there."""

from dataclasses import dataclass
from typing import ClassVar

from domain.errors import NotFound


@dataclass(eq=False, kw_only=True)
class OrderNotFound(NotFound):
    """There is no such order in this book, or not yet at the position that was read."""

    code: ClassVar[str] = "order.not_found"
    order: str
