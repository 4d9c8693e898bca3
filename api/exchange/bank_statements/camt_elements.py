"""What stands in an element of a camt message, found by names, whatever namespace and version it is of."""

from collections.abc import Iterator
from datetime import date
from typing import Any


def one(element: Any, *path: str) -> Any:
    """Return the first element at a path of names, or nothing."""
    if element is None:
        return None
    for child in element.iterchildren(f"{{*}}{path[0]}"):
        found = child if len(path) == 1 else one(child, *path[1:])
        if found is not None:
            return found
    return None


def every(element: Any, *path: str) -> list[Any]:
    """Return all elements at a path of names."""
    return [] if element is None else list(element.iterfind("/".join(f"{{*}}{name}" for name in path)))


def text(element: Any, *path: str) -> str:
    """Return the text at a path of names, empty where there is none."""
    found = one(element, *path)
    return "" if found is None or len(found) else (found.text or "").strip()


def texts(element: Any, *path: str) -> str:
    """Return all texts at a path of names, in one line."""
    return " ".join(" ".join(each.text or "" for each in every(element, *path)).split())


def amounts_of(element: Any) -> Iterator[str]:
    """Yield the currency of each amount that stands directly in an element; empty where none is named."""
    for amount in element.iterchildren("{*}Amt"):
        yield amount.get("Ccy", "")


def day_said(element: Any, name: str) -> date | None:
    """Return the day that `Dt` or `DtTm` of a child says."""
    return day_of(text(element, name, "Dt") or text(element, name, "DtTm") or text(element, name, "Dt", "Dt"))


def day_of(said: str) -> date | None:
    """Return the day of a date or an instant, as its writer counts days; nothing where it is none."""
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None


def account_of(element: Any, *path: str) -> str:
    """Return the account that stands at a path, by the first of its numbers that is named."""
    for kind in (("IBAN",), ("Othr", "Id"), ("PrtryAcct", "Id"), ("BBAN",), ("UPIC",)):
        if said := text(element, *path, "Id", *kind):
            return said
    return ""
