"""`python -m tests.bank_simulator`: the bank wakes, reads what it was sent, closes its days and writes what it says."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tests.bank_simulator.bank import Bank, Question
from tests.bank_simulator.instructions import InstructionFile, read_instructions
from tests.bank_simulator.kept import Account, Kept, Transfer

KEPT, TRUTH, REPLIES = "bank.json", "truth.jsonl", "replies.jsonl"
"""What the bank keeps for itself, what is true (for a judge), what it replies to questions."""

Row = TypeVar("Row", Account, Transfer, Question)


def main(arguments: Sequence[str]) -> None:
    """Let the bank work up to a day."""
    said = _parser().parse_args(arguments)
    said.out.mkdir(parents=True, exist_ok=True)
    said.home.mkdir(parents=True, exist_ok=True)
    kept = _kept(said)
    bank = Bank(kept, out=said.out, seed=said.seed, each_once=said.each_once)
    replies = bank.answer(_rows(said.questions, Question))
    bank.take_instructions(_new_files(said.instructions, kept))
    bank.take_transfers(_rows(said.incoming, Transfer))
    bank.close_days(said.until)
    _append(said.home / TRUTH, bank.truths)
    _append(said.out / REPLIES, replies)
    (said.home / KEPT).write_bytes(msgspec.json.encode(kept))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bank_simulator", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="where the bank keeps its books, and the truth")
    parser.add_argument("--out", type=Path, required=True, help="where its answers and statements go")
    parser.add_argument("--until", type=date.fromisoformat, required=True, help="the last day that is closed")
    parser.add_argument("--from", type=date.fromisoformat, dest="begins", help="the first day, at the first start")
    parser.add_argument("--accounts", type=Path, help="JSON lines: number, currency, owner; at the first start")
    parser.add_argument("--instructions", type=Path, help="a folder of pain.001; files read before aren't read again")
    parser.add_argument("--incoming", type=Path, help="JSON lines of transfers to accounts here")
    parser.add_argument("--questions", type=Path, help="JSON lines of what customers ask")
    parser.add_argument("--seed", type=int, default=7, help="of the noise")
    parser.add_argument("--each-once", action="store_true", help="every kind of noise happens at least once")
    return parser


def _kept(said: argparse.Namespace) -> Kept:
    path = said.home / KEPT
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    if said.begins is None or said.accounts is None:
        sys.exit("at the first start the bank needs --from and --accounts")
    return Kept(day=said.begins, accounts={each.number: each for each in _rows(said.accounts, Account)})


def _new_files(folder: Path | None, kept: Kept) -> Iterable[InstructionFile]:
    for path in sorted(folder.glob("*.xml")) if folder else ():
        if path.name not in kept.files:
            kept.files.append(path.name)
            yield read_instructions(path.read_bytes())


def _rows(path: Path | None, kind: type[Row]) -> list[Row]:
    lines = path.read_bytes().splitlines() if path else []
    return [msgspec.json.decode(line, type=kind) for line in lines if line.strip()]


def _append(path: Path, rows: Iterable[Any]) -> None:
    with path.open("ab") as file:
        file.writelines(msgspec.json.encode(row) + b"\n" for row in rows)


if __name__ == "__main__":
    main(sys.argv[1:])
