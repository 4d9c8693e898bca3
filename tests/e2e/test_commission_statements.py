"""What a partner is told that it earned, over HTTP: its own statement, at any moment, and the pack that proves it."""

from collections.abc import Iterator

import pytest

from api.composition import House, connected
from api.identity.caller import Caller
from api.packs.verify_pack import Verification
from api.proving import ensure_key
from ledger.postgres import EmbeddedPostgres
from ledger.proof.keyring import Keys
from tests.e2e.test_http import Client, problem
from tests.packs import key_of, trusting
from tests.troubles import OTHER_PARTNER, PARTNER, troubled_book

STATEMENT = f"parties/{PARTNER}/commission-statement"


@pytest.fixture(scope="module")
def house(postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return a house whose book `main` has commission that was taxed, and partly taken back."""
    with (
        troubled_book(postgres, template, database="commission_told"),
        connected(postgres.dsn("commission_told"), keys=Keys(tmp_path_factory.mktemp("keys"))) as opened,
    ):
        yield opened


@pytest.fixture
def partner(house: House) -> Iterator[Client]:
    with Client(house, "main", caller=Caller(f"partner:{PARTNER}", "partner", PARTNER)) as client:
        yield client


def test_partner_is_told_its_own_and_finance_the_same(house: House, partner: Client) -> None:
    own = partner.get(STATEMENT)
    assert own.status_code == 200
    with Client(house, "main", caller=Caller("finance:FIN-1", "finance")) as finance:
        assert finance.get(STATEMENT).json() == own.json()
    assert own.json()["partner"] == PARTNER
    for one in own.json()["statements"]:
        for name in ("accrued", "due"):
            moved = sum(line[name]["minor"] for line in one["lines"])
            assert one[f"opening_{name}"]["minor"] + moved == one[f"closing_{name}"]["minor"]


def test_another_partner_finds_nothing(house: House) -> None:
    with Client(house, "main", caller=Caller(f"partner:{OTHER_PARTNER}", "partner", OTHER_PARTNER)) as other:
        for path in (STATEMENT, f"{STATEMENT}/evidence-pack"):
            problem(other.get(path), 404, "party.not_found")


def test_at_a_position_it_has_what_was_recorded_up_to_it(partner: Client) -> None:
    lines = [line for one in partner.get(STATEMENT).json()["statements"] for line in one["lines"]]
    middle = sorted(line["position"] for line in lines)[len(lines) // 2]
    then = partner.get(STATEMENT, at_position=middle)
    assert then.headers["ledger-position"] == str(middle)
    assert [line for one in then.json()["statements"] for line in one["lines"]] == [
        line for line in lines if line["position"] <= middle
    ]
    problem(partner.get(STATEMENT, as_of="2027-01-01"), 400, "statement.malformed")


def test_as_csv_and_pdf(partner: Client) -> None:
    csv, pdf = (partner.get(STATEMENT, format=form) for form in ("csv", "pdf"))
    lines = sum(len(one["lines"]) + 2 for one in partner.get(STATEMENT).json()["statements"])
    assert len(csv.text.splitlines()) == 1 + lines
    assert (csv.headers["content-type"].partition(";")[0], pdf.content[:5]) == ("text/csv", b"%PDF-")


def test_each_line_is_proved_by_its_pack(house: House, partner: Client) -> None:
    ensure_key(house.book("main"))
    pack = partner.get(f"{STATEMENT}/evidence-pack")
    assert (pack.status_code, pack.headers["content-type"]) == (200, "application/zip")
    found = Verification(pack.content, trusting(key_of(house.book("main"))))
    assert found.state == "verified"
    lines = [line for one in partner.get(STATEMENT).json()["statements"] for line in one["lines"]]
    assert {line["position"] for line in lines} <= set(found.events)
