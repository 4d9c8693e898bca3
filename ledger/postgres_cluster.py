"""The files of one cluster: made once, never half; who may connect is written anew at each start."""

import os
import shutil
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ledger.postgres_binaries import Binaries
from ledger.postgres_place import Place, SetupFault, own_account

SUPERUSER = "ledger"

ACCESS_RULES = f"""\
local all,replication {SUPERUSER} peer map=own
local all all scram-sha-256
"""
"""pg_hba.conf: our own account by peer, any other role by password, nobody over TCP, never trust."""


@dataclass(eq=False, kw_only=True)
class InitdbFailed(SetupFault):
    """PostgreSQL couldn't make the cluster."""

    code: ClassVar[str] = "postgres.initdb_failed"
    reason: str


@dataclass(eq=False, kw_only=True)
class NotACluster(SetupFault):
    """The data directory holds something that isn't a cluster."""

    code: ClassVar[str] = "postgres.not_a_cluster"
    hint: ClassVar[str] = "move its contents away, or choose another home"
    data: Path


@dataclass(eq=False, kw_only=True)
class OtherMajorVersion(SetupFault):
    """The cluster was made by another major version of PostgreSQL."""

    code: ClassVar[str] = "postgres.other_major_version"
    hint: ClassVar[str] = "name the bin directory of the cluster's version, or run pg_upgrade"
    data: Path
    cluster: str
    binaries: str


@dataclass(eq=False, kw_only=True)
class ServerNotOurs(SetupFault):
    """A server that no supervisor started works on our data."""

    code: ClassVar[str] = "postgres.server_not_ours"
    hint: ClassVar[str] = "stop it (pg_ctl stop) and start again"
    data: Path
    pid: int


def ensure_cluster(place: Place, binaries: Binaries) -> None:
    """
    Make the cluster if there is none.

    Raises, in this order: InitdbFailed, NotACluster, OtherMajorVersion.
    """
    version = place.data / "PG_VERSION"
    if not version.exists():
        _initialise(place, binaries)
    cluster = version.read_text().strip()
    if cluster != binaries.major:
        raise OtherMajorVersion(data=place.data, cluster=cluster, binaries=binaries.version)


def _initialise(place: Place, binaries: Binaries) -> None:
    """Under a fixed other name until complete: an interrupted one is swept by the next start."""
    partial = place.folder / "initdb.partial"
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=0o700)
    os.chown(partial, place.account.uid, place.account.gid)
    _initdb(partial, place, binaries)
    try:
        partial.rename(place.data)
    except OSError:
        raise NotACluster(data=place.data) from None
    _make_durable(place.folder)


def _initdb(data: Path, place: Place, binaries: Binaries) -> None:
    options = ["--username", SUPERUSER, "--encoding", "UTF8", "--locale", "C", "--data-checksums"]
    made = place.account.run(
        binaries.folder / "initdb", "--pgdata", data, *options, "--auth-local", "peer", "--auth-host", "reject"
    )
    if made.returncode:
        raise InitdbFailed(reason=" ".join(made.stderr.split()))


def _make_durable(folder: Path) -> None:
    """A rename lost by a power failure would hide every transaction committed since."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_access_rules(place: Place) -> dict[str, str]:
    """Write who may connect, outside the data directory, and return the settings that point the server there."""
    let_in = sorted({own_account().name, place.account.name})
    identities = "".join(f'own "{name}" {SUPERUSER}\n' for name in let_in)
    files = {"hba_file": ("access.conf", ACCESS_RULES), "ident_file": ("identities.conf", identities)}
    for name, text in files.values():
        (place.folder / name).write_text(text)
        (place.folder / name).chmod(0o644)
    return {setting: str(place.folder / name) for setting, (name, _) in files.items()}


def interrupt_server(place: Place) -> None:
    """Ask the server that now works on the data, if one answers, to shut down; its PID is then no other program's."""
    with suppress(OSError, ValueError):
        pid, path = _pid_and_socket(place)
        if pid > 1 and _listens(path):
            os.kill(pid, signal.SIGINT)


def clear_leftovers(place: Place) -> None:
    """
    Remove the lock files of a dead server; only while holding the lock that every server of ours holds.

    PostgreSQL alone would refuse to start when the dead server's PID belongs to another process of the same account.
    Raises: ServerNotOurs.
    """
    with suppress(FileNotFoundError, ValueError):
        pid, path = _pid_and_socket(place)
        if _listens(path):
            raise ServerNotOurs(data=place.data, pid=pid)
    for leftover in (place.data / "postmaster.pid", *place.sockets.glob(".s.PGSQL.*")):
        leftover.unlink(missing_ok=True)


def _pid_and_socket(place: Place) -> tuple[int, Path]:
    """postmaster.pid: PID, data directory, start, port and socket directory, one a line."""
    pid, _, _, port, sockets, *_ = (place.data / "postmaster.pid").read_text().split("\n")
    return int(pid), Path(sockets) / f".s.PGSQL.{port}"


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
    return True
