"""
The document of the tamper matrix, written from the rows that the tests go through.

Run `.venv/bin/python -m tests.docs.tamper_matrix` from the root of the repository after they changed; a test compares.
"""

from collections.abc import Sequence

from tests.refusals import ROOT
from tests.tamper_matrix import SECTIONS, Row

DOCUMENT = ROOT / "docs/tamper-matrix.md"

OPENING = """\
# Who finds what

What somebody with every right can change behind the ledger's back, and who finds it. A test makes each of these
changes, as the database's superuser with every trigger switched off, to a book that is signed, cosigned and stamped.
Every column of every table stands here. What refuses them until it is switched off: [hardening.md](hardening.md).

`verify` is `trade-ledger verify`, said where the log's keyring is and with LEDGER_TIME_ROOTS set; it names the first
thing that isn't as it should be. It exits 3 where the log isn't as it was recorded or isn't what was signed, and 1
where something else isn't as the log gives it. The others: [offline-audit.md](offline-audit.md),
[witness.md](witness.md), [evidence-packs.md](evidence-packs.md).

Whoever has the database, the signing key and what the signer remembers can write a history that `verify` takes for
good. Then only what others hold tells: a witness's state, or a checkpoint that somebody kept. And what was refused is
outside the log: no proof says that a command was ever said that left no event.

Written by `python -m tests.docs.tamper_matrix`; tests compare it with what is found.
"""


def document() -> str:
    """Return the whole document."""
    return "\n".join([OPENING, *(_section(title, rows) for title, rows in SECTIONS.items())])


def _section(title: str, rows: Sequence[Row]) -> str:
    return "\n".join([f"## {title}", "", "| what | how | found by |", "|---|---|---|", *map(_line, rows), ""])


def _line(row: Row) -> str:
    what = f"`{row.what}`" if "." in row.what else row.what
    by = f"{row.by}: {row.why}" if row.why else row.by
    return f"| {what.replace(', accepted`', '`, accepted').replace(', refused`', '`, refused')} | {row.how} | {by} |"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
