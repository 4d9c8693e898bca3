"""The document of problems: every code that an answer may tell stands in it once, with its status and what to do."""

import re
from collections import Counter
from http import HTTPStatus

import msgspec

from api.http.errors import CORRUPT, DEFECT
from api.http.problems import STATUS, Problem, status_of
from domain.rules import Rules
from tests.docs.errors import DOCUMENT, OPENING, WHAT_TO_DO, document
from tests.refusals import refusals

CODES = {error.code: error for error in refusals() if "code" in vars(error)}


def test_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run python -m tests.docs.errors"


def test_every_code_stands_once_below_its_status() -> None:
    listed: Counter[str] = Counter()
    for section in document().split("\n## ")[1:]:
        status = int(section.split()[0])
        codes = re.findall(r"^\| `([a-z_.]+)`", section, re.MULTILINE)
        listed.update(codes)
        assert all(status == (500 if code in {CORRUPT, DEFECT} else status_of(CODES[code])) for code in codes)
    assert listed == Counter([*CODES, CORRUPT, DEFECT])


def test_every_status_says_what_to_do() -> None:
    assert set(STATUS.values()) | {500} == set(WHAT_TO_DO)
    assert all(HTTPStatus(status) for status in WHAT_TO_DO)


def test_example_in_the_document_is_a_problem() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", OPENING, re.DOTALL)
    problem = msgspec.json.decode(example, type=Problem)
    assert CODES[problem.code].__doc__ == problem.title
    assert set(msgspec.json.decode(example)) == set(Problem.__struct_fields__)
    named = re.findall(r"^\| `(\w+)` \|", OPENING, re.MULTILINE)
    assert {"type", *named} == set(Problem.__struct_fields__)


def test_rule_that_a_refusal_names_is_a_number_of_the_rulebook() -> None:
    rules = {error.rule for error in CODES.values() if error.rule}
    assert len(rules) > 7
    assert rules <= set(Rules.__struct_fields__)
