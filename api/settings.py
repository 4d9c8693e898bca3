"""Settings are what the surroundings say, read once at the start and refused there when they make no sense."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from msgspec import Struct

from domain.errors import Malformed

HOME_DEFAULT = Path("~/.local/share/trade-ledger")


@dataclass(eq=False, kw_only=True)
class SettingMalformed(Malformed):
    """An environment variable has a value that can't be meant."""

    code: ClassVar[str] = "setting.malformed"
    setting: str
    problem: str


class Settings(Struct, frozen=True, kw_only=True):
    """
    Where the ledger lives.

    home: its data on this machine; database_url: a PostgreSQL 15 or newer to use instead of the embedded one;
    through_pgbouncer: whether that URL leads through pgbouncer's transaction mode; server_binaries, server_account: of
    the embedded one.
    """

    home: Path
    database_url: str | None = None
    through_pgbouncer: bool = False
    server_binaries: Path | None = None
    server_account: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """
        Read LEDGER_HOME, LEDGER_DATABASE_URL, LEDGER_PGBOUNCER, LEDGER_PG_BIN and LEDGER_PG_USER.

        Raises: SettingMalformed.
        """
        given = os.environ if environment is None else environment
        binaries = given.get("LEDGER_PG_BIN")
        return cls(
            home=Path(given.get("LEDGER_HOME") or HOME_DEFAULT).expanduser().absolute(),
            database_url=_url(given.get("LEDGER_DATABASE_URL") or None),
            through_pgbouncer=_switch("LEDGER_PGBOUNCER", given.get("LEDGER_PGBOUNCER", "no")),
            server_binaries=Path(binaries) if binaries else None,
            server_account=given.get("LEDGER_PG_USER") or None,
        )


def _url(url: str | None) -> str | None:
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise SettingMalformed(
            setting="LEDGER_DATABASE_URL", problem="begins neither with postgresql:// nor postgres://"
        )
    return url


def _switch(setting: str, value: str) -> bool:
    if value not in {"yes", "no"}:
        raise SettingMalformed(setting=setting, problem="neither yes nor no")
    return value == "yes"
