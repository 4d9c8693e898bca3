"""Refusals: every error below the five categories that any package can raise."""

import importlib
import inspect
import pkgutil
from pathlib import Path

from api.http.faults import RequestMalformed
from domain.errors import Conflict, Forbidden, LedgerError, Malformed, NotFound, Refused, Unavailable
from ledger.postgres_place import SetupFault

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "ledger", "projections", "api")
CATEGORIES: tuple[type[LedgerError], ...] = (Malformed, NotFound, Forbidden, Refused, Conflict, Unavailable)
KINDS: tuple[type[LedgerError], ...] = (RequestMalformed, SetupFault)
"""What several refusals have in common; nobody is refused with one of these itself."""


def refusals() -> list[type[LedgerError]]:
    """Return every error that somebody can be refused with, in all packages, by module and name."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            importlib.import_module(module.name)
    found: list[type[LedgerError]] = []
    waiting = list(LedgerError.__subclasses__())
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if cls not in CATEGORIES + KINDS and cls.__module__.partition(".")[0] in PACKAGES:
            found.append(cls)
    return sorted(set(found), key=lambda cls: (cls.__module__, cls.__name__))


def own_docstring(cls: type) -> str:
    """Return what a class says of itself; what it inherits doesn't count."""
    return inspect.cleandoc(vars(cls).get("__doc__") or "")
