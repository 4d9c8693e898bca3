"""The stand-alone verifier as an auditor runs it: elsewhere, with one library, on a pack that came by mail."""

import io
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from api.composition import House, OpenedBook, connected
from api.proving import ensure_key
from ledger.proof.keyring import Keys
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Ran, Run
from tests.e2e.test_disputes import PHOTO, SEAMS, claimed, hand_in
from tests.e2e.test_http import Client, problem
from tests.packs import members_of

VERIFIER = Path(__file__).parents[2] / "docs/verify_pack.py"
ONLY = ("cryptography", "_cffi_backend")
"""All that is copied into the auditor's environment: the library, and what it is linked with."""

BUYER = {"ledger-actor": "buyer:BUY-1", "ledger-role": "buyer"}

Verify = Callable[..., Ran]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a place with a Python that has the signature library alone, and the verifier."""
    place = tmp_path_factory.mktemp("elsewhere")
    venv.create(place / "python", symlinks=True, with_pip=False)
    (site,) = (place / "python/lib").glob("python3.*/site-packages")
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if entry.name.partition(".")[0] in ONLY:
            (site / entry.name).symlink_to(entry)
    shutil.copy(VERIFIER, place / "verify_pack.py")
    return place


@pytest.fixture(scope="module")
def verify(elsewhere: Path) -> Verify:
    """Return the verifier, run as a process of its own in that place."""

    def run(*arguments: str | Path) -> Ran:
        command = [elsewhere / "python/bin/python", elsewhere / "verify_pack.py", *arguments]
        ran = subprocess.run(command, cwd=elsewhere, env={}, capture_output=True, text=True, check=False, timeout=60)
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return run


@pytest.fixture
def house(dsn: str, tmp_path: Path) -> Iterator[House]:
    """Yield a house whose keys are where the command line looks for them."""
    with connected(dsn, keys=Keys(tmp_path / "keys")) as found:
        yield found


@pytest.fixture
def client(house: House, opened: OpenedBook) -> Iterator[Client]:
    """Open the book to HTTP, with a key, and a dispute about an order to which a photograph was handed in."""
    ensure_key(opened)
    with Client(house, opened.name) as caller:
        claimed(caller)
        hand_in(caller)
        yield caller


@pytest.mark.usefixtures("client")
def test_a_pack_verifies_where_there_is_nothing_but_a_signature_library(
    ledger: Run, elsewhere: Path, verify: Verify, tmp_path: Path
) -> None:
    absent = [str(elsewhere / "python/bin/python"), "-c", "import cryptography\nimport ledger"]
    ran = subprocess.run(absent, cwd=elsewhere, env={}, capture_output=True, text=True, check=False)
    assert "No module named 'ledger'" in ran.stderr
    made = tmp_path / "PO-1.zip"
    who = ("--actor", "auditor:AUD-1", "--role", "auditor")
    view = ledger("evidence", "PO-1", "-o", str(made), *who, "--json").json
    key = ledger("log", "key", "show", "--json").json["key"]
    copy = shutil.copy(made, elsewhere / "by-mail.zip")
    made.unlink()

    found = verify(copy, "--key", key)
    assert (found.status, found.out.splitlines()[-1], found.err) == (0, "VERIFIED", "")
    assert f"about order:PO-1, book main, origin {view['origin']}" in found.out
    assert "open         claims.1.comment of event" in found.out
    assert verify(copy, "--key", key, "--json").json["state"] == "verified"
    assert verify(copy, "--key", key[:-8] + "AAAAAAA=").status == 3
    for row in ledger("audit", "--reads", "--json").json:
        assert (row["actor"], row["role"]) == ("auditor:AUD-1", "auditor")

    members = members_of(Path(copy).read_bytes())
    assert SEAMS.encode() in members["timeline.html"]
    assert PHOTO in members.values()
    assert members["verify_pack.py"] == VERIFIER.read_bytes()


@pytest.mark.usefixtures("client")
def test_changes_are_found_and_the_packs_own_verifier_is_not_asked(
    ledger: Run, elsewhere: Path, verify: Verify, tmp_path: Path
) -> None:
    made = tmp_path / "PO-1.zip"
    assert ledger("evidence", "PO-1/1", "-o", str(made)).status == DONE
    key = ledger("log", "key", "show", "--json").json["key"]
    good = members_of(made.read_bytes())
    assert verify(made, "--key", key).status == 0

    def status_of(members: dict[str, bytes]) -> int:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            for name, member in members.items():
                archive.writestr(name, member)
        (elsewhere / "changed.zip").write_bytes(written.getvalue())
        return verify("changed.zip", "--key", key).status

    assert status_of(good) == 0
    forger = good | {"verify_pack.py": b"print('VERIFIED')\nraise SystemExit(0)\n"}
    assert status_of(forger) == 1
    assert status_of(good | {"events.json": good["events.json"].replace(b'"BUY-1"', b'"BUY-2"')}) == 1
    assert status_of({name: member for name, member in good.items() if name != "checkpoint"}) == 2
    (elsewhere / "changed.zip").write_bytes(made.read_bytes()[:-30])
    assert verify("changed.zip", "--key", key).status == 3


@pytest.mark.usefixtures("client")
def test_the_command_line_writes_a_pack_and_keeps_the_verbs_it_had(ledger: Run, tmp_path: Path) -> None:
    made = tmp_path / "buyer.zip"
    said = ledger("evidence", "-o", str(made), "PO-1", "--role", "buyer", "--party", "BUY-1")
    assert (said.status, "order:PO-1 for buyer BUY-1" in said.out) == (DONE, True)
    assert made.stat().st_mode & 0o777 == 0o600
    assert "verify_pack.py" in said.out
    again = ledger("evidence", "PO-1", "-o", str(made))
    assert (again.status, "argument.malformed" in again.err) == (WRONG_USAGE, True)
    forbidden = ledger("evidence", "pack", "PO-1", "-o", str(tmp_path / "x"), "--role", "buyer", "--party", "BUY-2")
    assert (forbidden.status, forbidden.err.startswith("pack.forbidden")) == (REFUSED, True)
    assert ledger("evidence", "PO-404").status == REFUSED
    sha256 = next(name for name in members_of(made.read_bytes()) if name.startswith("evidence/")).partition("/")[2]
    assert ledger("evidence", "save", sha256, str(tmp_path / "photo")).status == DONE
    assert "pack" in ledger("evidence", "--help").out


def test_packs_are_handed_out_over_http(client: Client, opened: OpenedBook, verify: Verify, tmp_path: Path) -> None:
    def ask(path: str, **headers: str) -> httpx.Response:
        response: httpx.Response = client.run(client.ask("GET", path, headers=headers or BUYER))
        return response

    for path, name in (("orders/PO-1/evidence-pack", "PO-1"), ("orders/PO-1/disputes/1/evidence-pack", "PO-1-1")):
        answer = ask(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.zip"'
        (tmp_path / "pack.zip").write_bytes(answer.content)
        assert verify(tmp_path / "pack.zip", "--key", str(ensure_key(opened))).status == 0
    assert SEAMS.encode() not in b"".join(members_of(ask("orders/PO-1/evidence-pack?in_clear=false").content).values())
    problem(ask("orders/PO-404/evidence-pack"), 404, "order.not_found")
    problem(ask("orders/PO-1/disputes/2/evidence-pack"), 404, "dispute.not_found")
    stranger = {"ledger-actor": "buyer:BUY-2", "ledger-role": "buyer"}
    problem(ask("orders/PO-1/evidence-pack", **stranger), 404, "order.not_found")
