"""The bank as the marketplace meets it: another process, and two folders of files."""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tests.bank_month.marketplace import BIC, AtBank

PATIENCE_SECONDS = 300
ROOT = Path(__file__).parents[2]


class Truth(Struct, frozen=True, kw_only=True):
    """What a line really is, as the bank keeps it for the judge."""

    number: str
    account: str
    currency: str
    amount_minor: int
    booked_on: date
    noise: str
    role: str
    about: tuple[str, ...]


class BankProcess:
    """A bank that is woken now and then, works through what it was sent, and sleeps again."""

    def __init__(self, folder: Path, accounts: Sequence[AtBank], *, first_day: date, seed: int) -> None:
        self.sent = folder / "to-bank"
        self.out = folder / "from-bank"
        self._home = folder / "bank"
        self._folder = folder
        self._seed = seed
        self._first_day = first_day
        self._seen: set[str] = set()
        self.sent.mkdir()
        rows = (
            {
                "number": each.number,
                "currency": each.currency,
                "owner": "Assured Trade Escrow",
                "bic": BIC,
                "balance_minor": each.opening_minor,
            }
            for each in accounts
        )
        self._accounts = self._write("accounts.jsonl", rows)

    def wake(
        self,
        *,
        until: date,
        incoming: Iterable[dict[str, Any]] = (),
        questions: Iterable[dict[str, str]] = (),
        each_once: bool = False,
    ) -> list[Path]:
        """Let the bank work up to a day, and return the files that are new, in the order in which it wrote them."""
        said = {
            "--home": self._home,
            "--out": self.out,
            "--from": self._first_day,
            "--accounts": self._accounts,
            "--until": until,
            "--instructions": self.sent,
            "--incoming": self._write("incoming.jsonl", incoming),
            "--questions": self._write("questions.jsonl", questions),
            "--seed": self._seed,
        }
        arguments = [str(part) for pair in said.items() for part in pair] + ["--each-once"] * each_once
        subprocess.run(
            [sys.executable, "-m", "tests.bank_simulator", *arguments],
            cwd=ROOT,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
        new = sorted(path for path in self.out.glob("*.xml") if path.name not in self._seen)
        self._seen.update(path.name for path in new)
        return new

    def truths(self) -> list[Truth]:
        """Return what is true of all that was booked, and of what wasn't."""
        return [
            msgspec.json.decode(line, type=Truth) for line in (self._home / "truth.jsonl").read_bytes().splitlines()
        ]

    def replies(self) -> dict[str, str]:
        """Return what the bank said to questions, by the payment or the line that they were about."""
        said = map(json.loads, (self.out / "replies.jsonl").read_text().splitlines())
        return {(each["asked"]["payment"] or each["asked"]["line"]): each["reply"] for each in said}

    def balances(self) -> dict[str, int]:
        """Return what the bank's book says of each account, by number."""
        kept = json.loads((self._home / "bank.json").read_bytes())
        return {number: account["balance_minor"] for number, account in kept["accounts"].items()}

    def _write(self, name: str, rows: Iterable[dict[str, Any]]) -> Path:
        path = self._folder / name
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return path
