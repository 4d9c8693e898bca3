"""Where an embedded cluster lives: the account its server runs under, its folder and its socket directory."""

import hashlib
import os
import pwd
import re
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from domain.errors import Unavailable

PORT = 5432
"""Only part of the socket's name: no TCP port is opened."""

REFUGE = Path("/var/lib/trade-ledger")
"""Root's clusters whose home the server's account can't reach."""

SOCKET_PATH_BYTES_MAX = 100
"""Below `sun_path`, which is 104 bytes on macOS and 108 on Linux."""

ENTER_ONLY = 0o711
"""Others may pass through a cluster's folder to what they are allowed; they can't list it."""

# Fixed, so that every process finds the same one: `tempfile.gettempdir` follows each process's own TMPDIR.
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - the directory made in it is checked for owner, mode and symlink


class SetupFault(Unavailable):
    """The database is absent until somebody changes the machine or the settings: retrying won't help."""

    retryable: ClassVar[bool] = False


@dataclass(eq=False, kw_only=True)
class NoServerAccount(SetupFault):
    """PostgreSQL has no account to run under."""

    code: ClassVar[str] = "postgres.no_account"
    hint: ClassVar[str] = "PostgreSQL needs an account with a passwd entry, not root: add one or give a database URL"
    wanted: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class ForeignDirectory(SetupFault):
    """Another account's directory stands where ours belongs."""

    code: ClassVar[str] = "postgres.foreign_directory"
    hint: ClassVar[str] = "choose another home, or run as the account that owns this one"
    path: Path
    owner_uid: int
    expected_uid: int


@dataclass(eq=False, kw_only=True)
class UnsafeDirectory(SetupFault):
    """Others could plant files in a directory that must be private."""

    code: ClassVar[str] = "postgres.unsafe_directory"
    hint: ClassVar[str] = "remove it (it is made again) or close it to others"
    path: Path
    mode: str


@dataclass(eq=False, kw_only=True)
class UnusableDirectory(SetupFault):
    """A directory can't be made or read."""

    code: ClassVar[str] = "postgres.unusable_directory"
    hint: ClassVar[str] = "choose a home on a writable file system"
    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """The operating system's account the server runs under: our own, or an unprivileged one if we are root."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether the server runs as we do."""
        return self.uid == os.geteuid()

    def process_options(self) -> dict[str, Any]:
        """Return arguments of `subprocess` that start a program as this account, and inherit nothing."""
        identity = {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        return {"cwd": "/", "stdin": subprocess.DEVNULL, "env": environment, "umask": 0o077, **identity}

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account."""
        return subprocess.run(  # noqa: S603 - a list, no shell; the programs are PostgreSQL's own and `test`
            [*map(str, command)], capture_output=True, text=True, check=False, **self.process_options()
        )

    def can_reach(self, path: Path) -> bool:
        """Return whether this account may enter `path`: asked of the kernel, so that ACLs count."""
        return self.is_ours or self.run("test", "-x", path).returncode == 0


@dataclass(frozen=True, kw_only=True)
class Place:
    """A cluster's folder and socket directory; `elsewhere` if the folder isn't the home that was asked for."""

    account: Account
    folder: Path
    sockets: Path
    elsewhere: bool

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder / "data"


def server_account(run_as: str | None) -> Account:
    """
    Choose the account the server runs under.

    run_as: only means something to root, who otherwise gets `postgres` or `nobody`.
    """
    if os.geteuid() != 0:
        return own_account()
    wanted = (run_as,) if run_as else ("postgres", "nobody")
    for name in wanted:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return _account(entry)
    raise NoServerAccount(wanted=wanted)


def own_account() -> Account:
    """Return the account this process runs under."""
    try:
        return _account(pwd.getpwuid(os.geteuid()))
    except KeyError:
        raise NoServerAccount(wanted=(f"uid {os.geteuid()}",)) from None


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def settle(home: Path, account: Account) -> Place:
    """
    Find the place of the home's cluster, making what is missing.

    Raises, in this order: UnusableDirectory, ForeignDirectory, UnsafeDirectory.
    """
    home = home.resolve()
    _make(home)
    folder = _folder(home, account)
    _require_own(folder, os.geteuid(), closed_bits=stat.S_IWOTH)
    place = Place(account=account, folder=folder, sockets=_sockets(folder, account), elsewhere=folder != home)
    if place.data.exists():
        _require_own(place.data, account.uid, closed_bits=stat.S_IWGRP | stat.S_IRWXO)
    return place


def _folder(home: Path, account: Account) -> Path:
    """Where a cluster already lives, it stays; a new one goes where the server's account can reach it."""
    if account.is_ours or (home / "data").exists():
        return home
    refuge = REFUGE / path_digest(home)
    if account.can_reach(home) and not (refuge / "data").exists():
        return home
    for folder in (REFUGE, refuge):
        _make(folder)
        folder.chmod(ENTER_ONLY)
    return refuge


def _sockets(folder: Path, account: Account) -> Path:
    """Beside the data, not inside it: pg_basebackup would copy the socket's lock file into a standby."""
    sockets = folder / "run"
    if not _fits(sockets):
        sockets = SHORT_FOLDER / f"trade-ledger-{path_digest(folder)}"
    _make(sockets, mode=0o700)
    if sockets.lstat().st_uid == os.geteuid():
        os.chown(sockets, account.uid, account.gid, follow_symlinks=False)
    _require_own(sockets, account.uid, closed_bits=stat.S_IRWXG | stat.S_IRWXO)
    return sockets


def _fits(sockets: Path) -> bool:
    """Whether a socket's name may be that long, and neither libpq nor PostgreSQL reads the path as a list."""
    is_short = len(os.fsencode(sockets / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES_MAX
    return is_short and not re.search('[,"]', str(sockets))


def path_digest(path: Path) -> str:
    """Return 16 hexadecimal digits that stand for a path where the path itself would be too long."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _make(folder: Path, *, mode: int = ENTER_ONLY) -> None:
    """Make what is missing. What was there keeps its mode, and the umask its say: two starters see the same folder."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableDirectory(path=folder, reason=str(error.strerror)) from error


def _require_own(folder: Path, owner_uid: int, *, closed_bits: int) -> None:
    found = folder.lstat()
    if found.st_uid != owner_uid:
        raise ForeignDirectory(path=folder, owner_uid=found.st_uid, expected_uid=owner_uid)
    if not stat.S_ISDIR(found.st_mode) or found.st_mode & closed_bits:
        raise UnsafeDirectory(path=folder, mode=stat.filemode(found.st_mode))
