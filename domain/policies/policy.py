"""A policy says which commands follow from an event."""

from collections.abc import Callable, Iterator

from domain.aggregate import Event
from domain.commands import Command
from domain.unit_of_work import UnitOfWork

Policy = Callable[[str, Event, UnitOfWork], Iterator[Command]]
