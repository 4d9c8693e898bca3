"""The pages about three people's days: every command in them is said to a live server, which answers as they show."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.days import PAGES, live, played
from tests.examples.days import tell
from tests.examples.telling import telling


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_its_commands_answer(name: str, new_database: Callable[[], str], tmp_path: Path) -> None:
    page = PAGES[name].read_text(encoding="utf-8")
    with telling(new_database(), tmp_path / "keys", tell) as teller, live(teller) as variables:
        assert played(page, teller, variables, tmp_path) == page, "run python -m tests.docs.days"
