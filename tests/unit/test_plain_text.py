"""What a journal looks like in beancount and hledger, and what accounts are called there."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.beancount import Beancount, beancount_name
from api.exchange.export_folder import ExportUnwritable, export_folder
from api.exchange.hledger import Hledger
from api.exchange.plain_text_journal import AccountBalance, OpenedAccount
from domain.accounts import CHART, AccountUnknown, control_of
from domain.references import KEY
from projections.journal import PostedEntry, PostedLine

GUIDE = Path(__file__).parents[2] / "docs" / "exports.md"
BEANCOUNT_ACCOUNT = re.compile(r"(Assets|Liabilities|Equity|Income|Expenses)(:[A-Z0-9][A-Za-z0-9-]*)+")
BEANCOUNT_COMMODITY = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]")
"""Both as beancount's manual says them."""

KINDS = {"Assets": "asset", "Liabilities": "liability", "Income": "income", "Expenses": "expense"}

PARTS = st.from_regex(KEY, fullmatch=True) | st.from_regex(r"[lpX0][lphu._-]{0,8}", fullmatch=True)
PARTED = st.sampled_from([control.name for control in CHART.values() if control.parted])
WHOLE = st.sampled_from([control.name for control in CHART.values() if not control.parted])
ACCOUNTS = st.builds("{}:{}".format, PARTED, PARTS) | WHOLE
DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read_back(name: str) -> str:
    """Return the account that a name in beancount was made of, by the rules of docs/exports.md alone."""
    root, *components = name.split(":")
    controls = {
        tuple(each.name.removeprefix(f"{each.kind}:").lower().split(":")): each
        for each in CHART.values()
        if each.kind == KINDS[root]
    }
    if whole := controls.get(tuple(each.lower() for each in components)):
        return whole.name
    control = controls[tuple(each.lower() for each in components[:-1])]
    part = components[-1]
    if part.endswith("--l"):
        part = part[0].lower() + part[1:-3]
    return f"{control.name}:{re.sub('--([puh])', lambda met: {'p': '.', 'u': '_', 'h': '-'}[met[1]], part)}"


class TestNames:
    @given(ACCOUNTS)
    def test_a_name_is_one_that_beancount_takes(self, account: str) -> None:
        assert BEANCOUNT_ACCOUNT.fullmatch(beancount_name(account))

    @given(ACCOUNTS)
    def test_the_account_can_be_read_out_of_its_name(self, account: str) -> None:
        assert read_back(beancount_name(account)) == account

    @given(ACCOUNTS)
    def test_an_account_stands_below_the_root_of_its_kind_and_its_control_account(self, account: str) -> None:
        control = control_of(account)
        name = beancount_name(account)
        assert KINDS[name.partition(":")[0]] == control.kind
        assert name == beancount_name(control.name) or name.startswith(beancount_name(control.name) + ":")

    @pytest.mark.parametrize(
        ("account", "name"),
        [
            ("hold:PO-1001", "Liabilities:Hold:PO-1001"),
            ("payable:exporter:EXP-7", "Liabilities:Payable:Exporter:EXP-7"),
            ("clearing:card", "Assets:Clearing:Card--l"),
            ("hold:17850.0", "Liabilities:Hold:17850--p0"),
            ("hold:a_b.c", "Liabilities:Hold:A--ub--pc--l"),
            ("hold:A-_", "Liabilities:Hold:A--h--u"),
            ("hold:A--p0", "Liabilities:Hold:A--h-p0"),
            ("hold:A.0", "Liabilities:Hold:A--p0"),
            ("hold:A--", "Liabilities:Hold:A--h-"),
            ("income:service-fee", "Income:Service-fee"),
            ("expense:commission", "Expenses:Commission"),
            ("fx:gain-loss", "Income:Fx:Gain-loss"),
            ("tax:gst-input", "Assets:Tax:Gst-input"),
            ("hold", "Liabilities:Hold"),
        ],
    )
    def test_these_are_their_names_for_ever(self, account: str, name: str) -> None:
        assert beancount_name(account) == name

    def test_the_guide_says_them_as_they_are(self) -> None:
        named = re.findall(r"(?m)^\| `([a-z]+:[^`]+)` \| `([^`]+)` \|$", GUIDE.read_text(encoding="utf-8"))
        assert len(named) == 3
        assert [name for _, name in named] == [beancount_name(account) for account, _ in named]

    @pytest.mark.parametrize("account", ["nothing", "hold:", "hold:A:B", "payable:exporter:"])
    def test_what_is_no_account_has_no_name(self, account: str) -> None:
        with pytest.raises(AccountUnknown):
            beancount_name(account)

    def test_every_currency_is_a_commodity(self) -> None:
        assert not [each.code for each in iso4217.Currency if not BEANCOUNT_COMMODITY.fullmatch(each.code)]


def entry(*postings: PostedLine) -> PostedEntry:
    """Return an entry of a hold at position 12."""
    return PostedEntry(12, "hold:PO-1", "hold.payment_received", DAY, NOON, NOON, postings)


class TestBeancount:
    form = Beancount()

    def test_an_entry_leads_back_to_its_event(self) -> None:
        paid = entry(PostedLine("clearing:card", "KWD", 1_005, 1_005), PostedLine("hold:PO-1", "KWD", -1_005, -1_005))
        assert self.form.entry(paid) == (
            '2026-11-22 * "hold.payment_received"\n'
            "  position: 12\n"
            '  reference: "hold:PO-1"\n'
            "  Assets:Clearing:Card--l  1.005 KWD\n"
            "  Liabilities:Hold:PO-1  -1.005 KWD\n"
        )

    def test_an_account_is_opened_in_its_currencies_with_our_name(self) -> None:
        opened = OpenedAccount("hold:PO-1", DAY, ("JPY", "USD"))
        assert self.form.account(opened) == ('2026-11-22 open Liabilities:Hold:PO-1 JPY,USD\n  account: "hold:PO-1"\n')

    def test_a_control_account_is_opened_in_any_currency(self) -> None:
        assert self.form.account(OpenedAccount("hold", DAY, ())).splitlines()[0] == "2026-11-22 open Liabilities:Hold"

    def test_a_balance_is_claimed_as_the_next_day_begins(self) -> None:
        claimed = AccountBalance("hold:PO-1", "JPY", -5, date(2026, 12, 31))
        assert self.form.balance(claimed) == "2027-01-01 balance Liabilities:Hold:PO-1  -5 JPY\n"

    def test_no_difference_is_tolerated(self) -> None:
        assert self.form.conventions("Book main", ["EUR", "USD"]).splitlines() == [
            'option "title" "Book main"',
            'option "tolerance_multiplier" "0"',
            'option "operating_currency" "EUR"',
            'option "operating_currency" "USD"',
        ]


class TestHledger:
    form = Hledger()

    def test_an_entry_leads_back_to_its_event(self) -> None:
        paid = entry(PostedLine("clearing:card", "JPY", 1_005, 1_005), PostedLine("hold:PO-1", "JPY", -1_005, -1_005))
        assert self.form.entry(paid) == (
            "2026-11-22 * hold.payment_received  ; position:12, reference:hold:PO-1\n"
            "    clearing:card  1005 JPY\n"
            "    hold:PO-1  -1005 JPY\n"
        )

    @pytest.mark.parametrize(
        ("account", "letter"),
        [
            ("bank:operator:main", "A"),
            ("hold", "L"),
            ("hold:a_b", "L"),
            ("fx:gain-loss", "R"),
            ("expense:guarantee", "X"),
        ],
    )
    def test_an_account_keeps_its_name_and_says_its_type(self, account: str, letter: str) -> None:
        assert self.form.account(OpenedAccount(account, DAY, ())) == f"account {account}  ; type:{letter}\n"

    @pytest.mark.parametrize(("account", "operator"), [("hold:PO-1", "="), ("hold", "=*"), ("tax:gst-output", "=")])
    def test_a_balance_is_claimed_with_its_parts_where_it_has_some(self, account: str, operator: str) -> None:
        assert self.form.balance(AccountBalance(account, "USD", -1, DAY)) == (
            f"2026-11-22 * balance\n    {account}  0 USD {operator} -0.01 USD\n\n"
        )

    def test_every_currency_has_its_decimals(self) -> None:
        assert self.form.conventions("Book main", ["JPY", "KWD", "USD"]).splitlines() == [
            "; Book main",
            "commodity 1000. JPY",
            "commodity 1000.000 KWD",
            "commodity 1000.00 USD",
        ]


def write(folder: Path, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Export a file into a folder, while something else happens."""
    with export_folder(folder) as made:
        (made / "a").write_text("whole")
        meanwhile()


def names_below(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*"))]


class TestFolder:
    def test_a_folder_takes_its_name_when_all_is_written(self, tmp_path: Path) -> None:
        folder = tmp_path / "some" / "out"
        there: list[bool] = []
        write(folder, meanwhile=lambda: there.append(folder.exists()))
        assert there == [False]
        assert names_below(tmp_path) == ["some", "some/out", "some/out/a"]

    def test_an_empty_folder_may_be_there(self, tmp_path: Path) -> None:
        write(tmp_path)
        assert names_below(tmp_path) == ["a"]

    def test_a_folder_with_anything_in_it_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("precious")
        with pytest.raises(ExportUnwritable, match=re.escape(str(tmp_path))):
            write(tmp_path)
        assert names_below(tmp_path) == ["mine"]

    def test_a_file_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("precious")
        with pytest.raises(ExportUnwritable):
            write(tmp_path / "mine")
        assert (tmp_path / "mine").read_text() == "precious"

    def test_what_appears_meanwhile_is_left_alone(self, tmp_path: Path) -> None:
        with pytest.raises(ExportUnwritable, match="isn't empty"):
            write(tmp_path / "out", meanwhile=lambda: (tmp_path / "out" / "mine").mkdir(parents=True))
        assert names_below(tmp_path) == ["out", "out/mine"]

    def test_nothing_is_left_where_writing_fails(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError):
            write(tmp_path / "out", meanwhile=lambda: 1 // 0)
        assert not names_below(tmp_path)

    def test_what_the_system_refuses_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ExportUnwritable, match="No such file"):
            write(tmp_path / "out", meanwhile=(tmp_path / "absent").rmdir)
        assert not names_below(tmp_path)
