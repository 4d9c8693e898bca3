"""Every command meets its refusals in the order that its docstrings promise: each alone, and every two at once."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator

import pytest

import domain
from domain.commands import Command
from domain.handlers import HANDLERS
from tests.all_causes import REFUSED
from tests.causes.cause import Attempt, Cause, Pair, Refused
from tests.refusals import refusals

DOMAIN = [importlib.import_module(module.name) for module in pkgutil.walk_packages(domain.__path__, "domain.")]
NAMES = {cls.__name__ for cls in refusals()}

PAIRS = [
    pytest.param(refused, pair, id=f"{command.__name__}-{pair.earlier}-{pair.later}")
    for command, refused in REFUSED.items()
    for pair in refused.pairs()
]

each_command = pytest.mark.parametrize("command", HANDLERS, ids=lambda command: command.__name__)
each_refused = pytest.mark.parametrize("refused", REFUSED.values(), ids=lambda refused: type(refused.command).__name__)
each_pair = pytest.mark.parametrize(("refused", "pair"), PAIRS)


def promised(decides: Callable[..., object]) -> Iterator[str]:
    """Return the refusals that a docstring promises, in order, and for what it names there, what that one promises."""
    said = inspect.getdoc(decides) or ""
    for promise in re.findall(r"Raises\b[^:]*: (.*?)(?:\n\n|\nSource:|\Z)", said, re.DOTALL):
        for other, name in re.findall(r"what `([\w.]+)` does|\b([A-Z]\w+)\b", " ".join(promise.split())):
            if other:
                yield from promised(_named(other, decides))
            elif name in NAMES:
                yield name


def _named(name: str, decides: Callable[..., object]) -> Callable[..., object]:
    """Return the function that a docstring means: beside the one that it describes first, then in all of the domain."""
    owner, _, method = name.rpartition(".")
    home = inspect.getmodule(decides)
    if owner:
        places = [getattr(module, owner, None) for module in DOMAIN]
        places += [module for module in DOMAIN if module.__name__.endswith(f".{owner}")]
    else:
        places = [getattr(home, decides.__qualname__.partition(".")[0], None), home, *DOMAIN]
    found = next((found for place in places if inspect.isfunction(found := getattr(place, method, None))), None)
    assert found, f"{decides.__qualname__} promises what `{name}` does, which isn't found"
    return found


@each_command
def test_every_command_has_its_causes_in_the_documented_order(command: type[Command]) -> None:
    causes_of = REFUSED[command].causes if command in REFUSED else ()
    assert [cause.refusal.__name__ for cause in causes_of] == list(promised(HANDLERS[command]))


@each_refused
def test_a_command_is_accepted_where_nothing_is_wrong(refused: Refused) -> None:
    assert refused.say(Attempt()) is None


@each_refused
def test_each_cause_alone_is_refused(refused: Refused) -> None:
    for cause in refused.causes:
        if not cause.unreached:
            assert_refused(refused, cause, cause)


@each_pair
def test_of_two_causes_the_earlier_is_told(refused: Refused, pair: Pair) -> None:
    assert_refused(refused, refused.both(pair), refused.cause(pair.earlier))


@each_refused
def test_causes_are_said_together_or_set_apart_only_where_they_are_two(refused: Refused) -> None:
    places = range(1, len(refused.causes) + 1)
    for pair in (*refused.together, *refused.apart):
        assert pair.earlier in places
        assert pair.later in places
        assert pair.earlier < pair.later
    assert not refused.together.keys() & refused.apart.keys()


def assert_refused(refused: Refused, attempt: Attempt, cause: Cause) -> None:
    """Assert that an attempt is refused for a cause, and for no other."""
    refusal = refused.say(attempt)
    assert type(refusal) is cause.refusal, repr(refusal)
    assert {name: getattr(refusal, name) for name in cause.naming} == dict(cause.naming)
