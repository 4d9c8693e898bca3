"""The bank of the tests keeps right books, says the truth to nobody but the judge, and makes the noise of the table."""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from lxml import etree

from api.exchange.credit_transfers.transfer import CreditTransferFile, PartyAccount
from api.exchange.credit_transfers.writing import write_credit_transfers
from tests.bank_noise import FEE_MINOR, LATE_DAYS, NOISES, RETURN_DAYS
from tests.bank_simulator.__main__ import main
from tests.credit_transfers import INDIAN, faults_of, file_of, transfer

FIRST, LAST = date(2026, 10, 1), date(2026, 11, 30)
DOLLARS, EUROS = "DE02120300000000202051", "DE89370400440532013000"
DEBTOR = PartyAccount(name="Escrow", iban=DOLLARS, bic="BYLADEM1001", country="DE")
PAID_ON = date(2026, 11, 3)


class Booked(NamedTuple):
    """A line as its statement tells it."""

    number: str
    amount_minor: int
    booked_on: date
    text: str
    end_to_end_id: str


class Read(NamedTuple):
    """A statement as it stands in its file."""

    account: str
    number: int
    opening_minor: int
    closing_minor: int
    lines: list[Booked]


class World:
    """A bank with two accounts, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.home, self.out, self.sent = folder / "home", folder / "out", folder / "sent"
        self._folder = folder
        self.sent.mkdir()
        self._write(
            "accounts.jsonl",
            [
                {"number": DOLLARS, "currency": "USD", "owner": "Escrow", "bic": "BYLADEM1001", "balance_minor": 5_000},
                {"number": EUROS, "currency": "EUR", "owner": "Escrow"},
            ],
        )

    def wake(self, *more: str, until: date = LAST, seed: int = 3) -> None:
        """Let the bank work."""
        said = ("--home", str(self.home), "--out", str(self.out), "--until", str(until), "--seed", str(seed))
        first = ("--from", str(FIRST), "--accounts", str(self._folder / "accounts.jsonl"))
        main([*said, *first, "--instructions", str(self.sent), *more])

    def send(self, transfers: Iterable[dict[str, Any]]) -> tuple[str, str]:
        """Return what lets the bank take transfers in."""
        return "--incoming", str(self._write("incoming.jsonl", transfers))

    def ask(self, questions: Iterable[dict[str, str]]) -> tuple[str, str]:
        """Return what lets the bank hear questions."""
        return "--questions", str(self._write("questions.jsonl", questions))

    def truths(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / "truth.jsonl").read_text().splitlines()]

    def replies(self) -> list[str]:
        return [json.loads(line)["reply"] for line in (self.out / "replies.jsonl").read_text().splitlines()]

    def statements(self, account: str = DOLLARS) -> list[Read]:
        return [_read(path.read_bytes()) for path in sorted(self.out.glob(f"camt053-*-{account}.xml"))]

    def lines(self, account: str = DOLLARS) -> list[Booked]:
        return [line for statement in self.statements(account) for line in statement.lines]

    def answers(self) -> list[Path]:
        return sorted(self.out.glob("pain002-*.xml"))

    def _write(self, name: str, rows: Iterable[dict[str, Any]]) -> Path:
        path = self._folder / name
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def incoming(count: int, *, account: str = DOLLARS, currency: str = "USD") -> Iterator[dict[str, Any]]:
    """Yield transfers of a dozen buyers over four weeks."""
    for number in range(count):
        yield {
            "payment": f"pay-{number}",
            "account": account,
            "currency": currency,
            "amount_minor": 250_000 + 1_337 * number,
            "on": str(FIRST + timedelta(days=number % 28)),
            "payer": f"Buyer {number % 12} Ltd",
            "payer_account": f"US{number % 12:06d}",
            "reference": f"PO-{100_000 + number}",
        }


def payouts(count: int, *, message_id: str = "F-1", debtor: PartyAccount = DEBTOR) -> bytes:
    """Return a file that pays a number of payees."""
    transfers = tuple(transfer(number, minor=10_000 + number, currency="USD", to=INDIAN) for number in range(count))
    file: CreditTransferFile = msgspec.structs.replace(
        file_of(*transfers, debtor=debtor), message_id=message_id, execution_date=PAID_ON
    )
    return write_credit_transfers(file).content


def test_every_day_opens_as_the_one_before_closed_and_the_truth_is_what_was_booked(world: World) -> None:
    (world.sent / "F-1.xml").write_bytes(payouts(200))
    world.wake(*world.send(incoming(300)), "--each-once")
    for account, first_minor in ((DOLLARS, 5_000), (EUROS, 0)):
        statements, before_minor = world.statements(account), first_minor
        assert [each.number for each in statements] == list(range(1, (LAST - FIRST).days + 2))
        for each in statements:
            assert each.account == account
            assert each.opening_minor == before_minor
            assert each.opening_minor + sum(line.amount_minor for line in each.lines) == each.closing_minor
            before_minor = each.closing_minor
    booked = Counter((line.number, line.amount_minor, str(line.booked_on)) for line in world.lines())
    true = Counter(
        (each["number"], each["amount_minor"], each["booked_on"]) for each in world.truths() if each["number"]
    )
    assert booked == true
    assert sum(booked.values()) > 480


def test_what_the_bank_writes_is_valid_against_its_schema(world: World, shared_data: Path) -> None:
    (world.sent / "F-1.xml").write_bytes(payouts(200))
    (world.sent / "F-2.xml").write_bytes(payouts(2))
    world.wake(*world.send(incoming(60)), "--each-once")
    for path in world.answers():
        assert faults_of(path.read_bytes(), "pain.002.001.10", shared_data / "schemas") == []
    assert len(world.answers()) == 2
    for path in world.out.glob("camt053-*.xml"):
        assert faults_of(path.read_bytes(), "camt.053.001.08", shared_data / "schemas") == []


class Noisy(NamedTuple):
    """What was sent, by payment; the truths by kind of noise; the texts of lines."""

    sent: dict[str, dict[str, Any]]
    of_kind: dict[str, list[dict[str, Any]]]
    texts: dict[str, str]

    def sent_minor(self, truth: dict[str, Any]) -> int:
        return sum(int(self.sent[each]["amount_minor"]) for each in truth["about"])


@pytest.fixture
def noisy(world: World) -> Noisy:
    sent = {each["payment"]: each for each in incoming(400)}
    (world.sent / "F-1.xml").write_bytes(payouts(300))
    world.wake(*world.send(sent.values()), "--each-once")
    of_kind = defaultdict(list)
    for truth in world.truths():
        of_kind[truth["noise"]].append(truth)
    return Noisy(sent, of_kind, {line.number: line.text for line in world.lines()})


def test_every_kind_of_noise_happens_and_no_payment_is_forgotten(noisy: Noisy) -> None:
    assert set(noisy.of_kind) == {"exact", *(noise.kind for noise in NOISES)}
    accounted = {each for truths in noisy.of_kind.values() for truth in truths for each in truth["about"]}
    assert accounted >= set(noisy.sent)
    assert all(truth["number"] == "" for truth in noisy.of_kind["missing_in_bank"])
    assert all(truth["about"] == [] and truth["role"] == "unknown" for truth in noisy.of_kind["unknown_credit"])


def test_what_is_kept_of_a_payment_or_not_paid_is_within_the_bounds(noisy: Noisy) -> None:
    for truth in noisy.of_kind["skimmed_fee"]:
        assert FEE_MINOR[0] <= noisy.sent_minor(truth) - truth["amount_minor"] <= FEE_MINOR[1]
    for truth in noisy.of_kind["short_payment"]:
        whole_minor = noisy.sent_minor(truth)
        assert whole_minor * 70 // 100 - 97 <= truth["amount_minor"] <= whole_minor * 95 // 100 + 1


def test_what_is_late_or_comes_back_does_so_within_the_bounds(noisy: Noisy) -> None:
    for truth in noisy.of_kind["late_booking"]:
        due = date.fromisoformat(noisy.sent[truth["about"][0]]["on"]) if truth["about"][0] in noisy.sent else PAID_ON
        assert LATE_DAYS[0] <= (date.fromisoformat(truth["booked_on"]) - due).days <= LATE_DAYS[1]
    for pair in _by_payment(noisy.of_kind["return"]).values():
        gone, back = sorted(pair, key=lambda each: int(each["amount_minor"]))
        assert gone["amount_minor"] == -back["amount_minor"] < 0
        days = (date.fromisoformat(back["booked_on"]) - date.fromisoformat(gone["booked_on"])).days
        assert RETURN_DAYS[0] <= days <= RETURN_DAYS[1]


def test_merged_split_and_doubled_lines_come_to_what_was_sent(noisy: Noisy) -> None:
    for truth in noisy.of_kind["merged_credit"]:
        assert 2 <= len(truth["about"]) <= 4
        assert truth["amount_minor"] == noisy.sent_minor(truth)
        assert all(noisy.sent[each]["reference"] in noisy.texts[truth["number"]] for each in truth["about"])
        assert len({noisy.sent[each]["payer"] for each in truth["about"]}) == 1
    for parts in _by_payment(noisy.of_kind["split_credit"]).values():
        assert len(parts) == 2
        assert sum(part["amount_minor"] for part in parts) == noisy.sent_minor(parts[0])
    for pair in _by_payment(noisy.of_kind["duplicate_booking"]).values():
        assert sorted(str(each["role"]) for each in pair) == ["copy", "payment"]
        assert pair[0]["amount_minor"] == pair[1]["amount_minor"]


def test_references_are_missing_or_one_slip_away(noisy: Noisy) -> None:
    for truth in noisy.of_kind["mistyped_reference"]:
        meant = noisy.sent[truth["about"][0]]["reference"]
        (written,) = re.findall(r"PO-\d{6}", noisy.texts[truth["number"]])
        differing = [place for place in range(len(meant)) if written[place] != meant[place]]
        assert len(differing) in {1, 2}
        assert sorted(written) == sorted(meant) or len(differing) == 1
    for truth in noisy.of_kind["missing_reference"]:
        assert "PO" not in noisy.texts[truth["number"]].upper()


def test_noise_is_as_frequent_as_the_table_says(world: World) -> None:
    world.wake(*world.send(incoming(20_000)))
    times = Counter(noise for noise, _ in {(each["noise"], tuple(each["about"])) for each in world.truths()})
    times["unknown_credit"] = sum(each["noise"] == "unknown_credit" for each in world.truths())
    for noise in NOISES:
        if noise.side != "payout":
            expected = 2 * noise.rate_bps
            assert expected * 3 // 4 <= times[noise.kind] <= expected * 5 // 4, noise.kind


def test_a_seed_gives_the_same_files_and_another_gives_others(tmp_path: Path) -> None:
    def made(name: str, seed: int) -> dict[str, bytes]:
        (tmp_path / name).mkdir()
        world = World(tmp_path / name)
        (world.sent / "F-1.xml").write_bytes(payouts(50))
        world.wake(*world.send(incoming(200)), seed=seed)
        return {path.name: path.read_bytes() for path in world.out.iterdir()}

    assert made("one", 5) == made("again", 5)
    assert made("other", 6) != made("third", 5)


def test_a_message_that_comes_twice_or_lies_or_names_no_account_is_rejected_whole(world: World) -> None:
    elsewhere = PartyAccount(name="Escrow", iban=EUROS, bic="BYLADEM1001", country="DE")
    (world.sent / "1.xml").write_bytes(payouts(1))
    (world.sent / "2.xml").write_bytes(payouts(1))
    (world.sent / "3.xml").write_bytes(
        payouts(2, message_id="F-3").replace(b">10001<", b">10002<").replace(b"100.01", b"100.02", 1)
    )
    (world.sent / "4.xml").write_bytes(payouts(1, message_id="F-4", debtor=elsewhere))
    world.wake(seed=4)
    said = [_texts(path.read_bytes(), "GrpSts") + _texts(path.read_bytes(), "Cd") for path in world.answers()]
    assert said == [["ACSP"], ["RJCT", "AM05"], ["RJCT", "NARR"], ["RJCT", "NARR"]]
    assert len([line for line in world.lines() if line.amount_minor < 0]) <= 2
    world.wake(until=LAST + timedelta(days=1))
    assert len(world.answers()) == 4


def test_what_is_rejected_is_never_booked(world: World) -> None:
    (world.sent / "1.xml").write_bytes(payouts(1_000))
    world.wake()
    (answer,) = world.answers()
    tree = etree.fromstring(answer.read_bytes())
    said = {each.findtext("{*}OrgnlEndToEndId"): each.findtext("{*}TxSts") for each in tree.iter("{*}TxInfAndSts")}
    rejected = {payout for payout, status in said.items() if status == "RJCT"}
    assert len(said) == 1_000
    assert 3 <= len(rejected) <= 30
    assert not rejected & {line.end_to_end_id for line in world.lines()}


def test_a_credit_between_own_accounts_is_booked_on_both_sides(world: World) -> None:
    own = PartyAccount(name="Escrow", iban="DE89370400440532013000", country="DE")
    accounts = world.home.parent / "accounts.jsonl"
    accounts.write_text(accounts.read_text().replace('"currency": "EUR"', '"currency": "USD"'))
    file = msgspec.structs.replace(
        file_of(transfer(1, minor=777, currency="USD", to=own), debtor=DEBTOR), execution_date=PAID_ON
    )
    (world.sent / "1.xml").write_bytes(write_credit_transfers(file).content)
    world.wake()
    assert [line.amount_minor for line in world.lines()] == [-777]
    assert [line.amount_minor for line in world.lines(EUROS)] == [777]


def test_who_asks_hears_what_became_of_what_was_lost_or_stands_twice(world: World) -> None:
    (world.sent / "1.xml").write_bytes(payouts(800))
    world.wake(*world.send(incoming(1_500)))
    truths = world.truths()
    lost = [each["about"][0] for each in truths if not each["number"]]
    twice = [each for each in truths if each["role"] == "copy"]
    questions = [{"payment": each} for each in lost] + [{"line": each["number"]} for each in twice]
    before, answered = len(world.lines()), len(world.answers())
    world.wake(*world.ask(questions), until=LAST + timedelta(days=1))
    replies = Counter(world.replies())
    assert set(replies) == {"booked", "never came", "not sent", "taken back"}
    assert replies["taken back"] == len(twice) > 0
    new = world.lines()[before:]
    assert len(new) == replies["booked"] + replies["taken back"]
    assert Counter(line.amount_minor for line in new if line.number in _reversals(world)) == Counter(
        -each["amount_minor"] for each in twice
    )
    assert len(world.answers()) - answered == replies["not sent"]
    for path in world.answers()[answered:]:
        assert _texts(path.read_bytes(), "GrpSts") == ["PART"]
        assert _texts(path.read_bytes(), "TxSts") == ["RJCT"]


def test_it_is_a_process_of_its_own_that_shares_nothing_with_the_ledger(world: World) -> None:
    seen = (
        "import sys, runpy; sys.argv = ['bank', *sys.argv[1:]]; "
        "runpy.run_module('tests.bank_simulator', run_name='__main__'); "
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    accounts = world.home.parent / "accounts.jsonl"
    said = [
        "--home",
        world.home,
        "--out",
        world.out,
        "--until",
        str(FIRST),
        "--from",
        str(FIRST),
        "--accounts",
        accounts,
    ]
    ran = subprocess.run(
        [sys.executable, "-c", seen, *map(str, said)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "'tests'" in ran.stdout
    assert not any(f"'{name}'" in ran.stdout for name in ("api", "domain", "ledger", "projections"))
    assert len(world.statements()) == 1


def test_the_first_start_needs_its_accounts(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="--accounts"):
        main(["--home", str(tmp_path / "home"), "--out", str(tmp_path / "out"), "--until", str(FIRST)])


def _read(content: bytes) -> Read:
    tree: Any = etree.fromstring(content)
    (told,) = tree.iter("{*}Stmt")
    balances = {each.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd"): _signed(each) for each in told.iterchildren("{*}Bal")}
    lines = [
        Booked(
            number=each.findtext("{*}AcctSvcrRef"),
            amount_minor=_signed(each),
            booked_on=date.fromisoformat(each.findtext("{*}BookgDt/{*}Dt")),
            text=each.findtext("{*}NtryDtls/{*}TxDtls/{*}RmtInf/{*}Ustrd") or "",
            end_to_end_id=each.findtext("{*}NtryDtls/{*}TxDtls/{*}Refs/{*}EndToEndId"),
        )
        for each in told.iterchildren("{*}Ntry")
    ]
    account, number = told.findtext("{*}Acct/{*}Id/{*}IBAN"), int(told.findtext("{*}ElctrncSeqNb"))
    return Read(account, number, balances["OPBD"], balances["CLBD"], lines)


def _signed(element: Any) -> int:
    minor = int(element.findtext("{*}Amt").replace(".", ""))
    return -minor if element.findtext("{*}CdtDbtInd") == "DBIT" else minor


def _texts(content: bytes, name: str) -> list[str]:
    tree: Any = etree.fromstring(content)
    return [each.text for each in tree.iter(f"{{*}}{name}")]


def _by_payment(truths: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for each in truths:
        found[each["about"][0]].append(each)
    return found


def _reversals(world: World) -> set[str]:
    return {each["number"] for each in world.truths() if each["role"] == "reversal"}
