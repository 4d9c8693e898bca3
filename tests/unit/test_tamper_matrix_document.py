"""The document of the tamper matrix says what the tests go through."""

import re

from tests.docs.tamper_matrix import DOCUMENT, document
from tests.refusals import ROOT
from tests.tamper_matrix import FILES, HISTORIES, NOBODY, SECTIONS, TABLES

TESTS = (ROOT / "tests/integration/test_tamper_matrix.py").read_text(encoding="utf-8")


def test_the_document_is_what_the_matrix_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `python -m tests.docs.tamper_matrix`"


def test_every_row_is_tried_by_its_changes_or_by_a_test_that_there_is() -> None:
    assert all(row.columns or row.statements for row in TABLES)
    tests = set(re.findall(r"^def (test_\w+)\(", TESTS, re.MULTILINE))
    assert {row.test for row in (*HISTORIES, *FILES)} <= tests


def test_what_nobody_finds_is_explained() -> None:
    rows = [row for rows in SECTIONS.values() for row in rows]
    assert all(row.why for row in rows if row.by == NOBODY)
