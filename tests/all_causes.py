"""Every command's causes: an accepted example of each, and what it is refused for."""

import importlib
import pkgutil

from domain.commands import Command
from tests import causes
from tests.causes.cause import Refused

REFUSED: dict[type[Command], Refused] = {
    type(refused.command): refused
    for module in pkgutil.iter_modules(causes.__path__, f"{causes.__name__}.")
    for refused in getattr(importlib.import_module(module.name), module.name.rpartition(".")[2].upper(), ())
}
