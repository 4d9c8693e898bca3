"""Schemathesis against a live server, whose book tells the story of the examples: in short, and for long."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.schemathesis.run import PHASES, schemathesis, seeded_server

MINUTES = 15
SHORT = "examples,stateful"
"""What fits in half a minute: coverage alone is some 5,000 requests."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a home that the server may write to."""
    return tmp_path / "home"


@pytest.mark.timeout(120)
def test_nothing_undocumented_is_answered(database: str, home: Path) -> None:
    with seeded_server(database, home) as address:
        options = ("--phases", SHORT, "--max-examples", "1", "--no-shrink", "--seed", "1", "--max-time", "15")
        done = schemathesis(address, home, *options)
    assert done.returncode == 0, done.stdout


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 300)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_undocumented_is_answered_for_long(new_database: Callable[[], str], home: Path, seed: int) -> None:
    with seeded_server(new_database(), home) as address:
        options = ("--phases", PHASES, "--seed", str(seed), "--max-time", str(MINUTES * 60))
        done = schemathesis(address, home, *options)
    assert done.returncode == 0, done.stdout
