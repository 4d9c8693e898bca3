"""Settings are what the surroundings say, read once at the start and refused there when they make no sense."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

from msgspec import Struct

from domain.errors import Malformed
from ledger.proof.keyring import NO_KEYS, Keys
from ledger.proof.policy import Policy, PolicyMalformed

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

HOME_DEFAULT = Path("~/.local/share/trade-ledger")

_MINUTES_MAX = 60 * 24 * 366
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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
    the embedded one. keys: what signs checkpoints; witness_policy: who is asked to cosign them. time_authority: the URL
    of an RFC 3161 authority; time_roots: what its certificate has to lead to; time_every: how often the keeper asks it.
    token_issuer, token_audience: whose tokens the API takes, and meant for whom; token_keys: the URL or file of that
    issuer's public keys. Where none of them is said, tokens are signed by a key of this machine.
    """

    home: Path
    database_url: str | None = None
    through_pgbouncer: bool = False
    server_binaries: Path | None = None
    server_account: str | None = None
    keys: Keys = NO_KEYS
    witness_policy: Policy | None = None
    token_issuer: str = ""
    token_audience: str = ""
    token_keys: str = ""
    time_authority: str | None = None
    time_roots: "tuple[Certificate, ...]" = ()
    time_every: timedelta = timedelta(hours=1)

    @property
    def token_folder(self) -> Path:
        """Return where this machine's own key of tokens is."""
        return self.home / "keys" / "tokens"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """
        Read LEDGER_HOME, LEDGER_DATABASE_URL, LEDGER_PGBOUNCER, LEDGER_PG_BIN and LEDGER_PG_USER; of proof LEDGER_KEYS
        (a folder), LEDGER_SIGNING_KEY or LEDGER_SIGNING_PROGRAM, and LEDGER_WITNESS_POLICY (a file); of time
        LEDGER_TIME_AUTHORITY, LEDGER_TIME_ROOTS (a file of certificates, PEM) and LEDGER_TIME_EVERY (minutes); of
        callers LEDGER_TOKEN_ISSUER, LEDGER_TOKEN_AUDIENCE and LEDGER_TOKEN_JWKS, all of them or none.

        Raises: SettingMalformed.
        """
        given = os.environ if environment is None else environment
        binaries = given.get("LEDGER_PG_BIN")
        home = Path(given.get("LEDGER_HOME") or HOME_DEFAULT).expanduser().absolute()
        return cls(
            home=home,
            database_url=_url(given.get("LEDGER_DATABASE_URL") or None),
            through_pgbouncer=_switch("LEDGER_PGBOUNCER", given.get("LEDGER_PGBOUNCER", "no")),
            server_binaries=Path(binaries) if binaries else None,
            server_account=given.get("LEDGER_PG_USER") or None,
            keys=_keys(given, home),
            witness_policy=_witness_policy(given.get("LEDGER_WITNESS_POLICY") or None),
            token_issuer=_of_issuer(given, "LEDGER_TOKEN_ISSUER"),
            token_audience=_of_issuer(given, "LEDGER_TOKEN_AUDIENCE"),
            token_keys=_token_keys(_of_issuer(given, "LEDGER_TOKEN_JWKS")),
            time_authority=_time_authority(given),
            time_roots=_time_roots(given.get("LEDGER_TIME_ROOTS") or None),
            time_every=_time_every(given.get("LEDGER_TIME_EVERY") or "60"),
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


def _keys(given: Mapping[str, str], home: Path) -> Keys:
    folder = Path(given.get("LEDGER_KEYS") or home / "keys").expanduser().absolute()
    key, program = given.get("LEDGER_SIGNING_KEY") or None, given.get("LEDGER_SIGNING_PROGRAM") or None
    if key and program:
        raise SettingMalformed(setting="LEDGER_SIGNING_PROGRAM", problem="is said, and LEDGER_SIGNING_KEY too")
    if program and not os.access(program, os.X_OK):
        raise SettingMalformed(setting="LEDGER_SIGNING_PROGRAM", problem="isn't a program that can be run")
    return Keys(folder, key, Path(program) if program else None)


def _witness_policy(file: str | None) -> Policy | None:
    if not file:
        return None
    try:
        return Policy.parse(Path(file).expanduser().read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise SettingMalformed(setting="LEDGER_WITNESS_POLICY", problem=str(error)) from None
    except PolicyMalformed as error:
        raise SettingMalformed(setting="LEDGER_WITNESS_POLICY", problem=f"line {error.line}: {error.problem}") from None


_OF_ISSUER = ("LEDGER_TOKEN_ISSUER", "LEDGER_TOKEN_AUDIENCE", "LEDGER_TOKEN_JWKS")


def _of_issuer(given: Mapping[str, str], setting: str) -> str:
    said = [each for each in _OF_ISSUER if given.get(each)]
    if said and setting not in said:
        raise SettingMalformed(setting=setting, problem=f"isn't said, but {said[0]} is")
    return given.get(setting) or ""


def _token_keys(where: str) -> str:
    """Return where keys are published; of the network only https: whoever could change them on the way is let in."""
    if not where:
        return ""
    if where.startswith(("https://", "http://")):
        if not _is_http(where) or (where.startswith("http://") and urlsplit(where).hostname not in _LOOPBACK):
            raise SettingMalformed(setting="LEDGER_TOKEN_JWKS", problem="isn't a URL of https")
        return where
    from api.identity.key_set import KeySetMalformed, key_set_of  # noqa: PLC0415 - most commands start without it

    file = Path(where).expanduser().absolute()
    try:
        key_set_of(file.read_bytes())
    except OSError as error:
        raise SettingMalformed(setting="LEDGER_TOKEN_JWKS", problem=error.strerror or str(error)) from None
    except KeySetMalformed as error:
        raise SettingMalformed(setting="LEDGER_TOKEN_JWKS", problem=error.problem) from None
    return str(file)


def _time_authority(given: Mapping[str, str]) -> str | None:
    url = given.get("LEDGER_TIME_AUTHORITY") or None
    if url and not _is_http(url):
        raise SettingMalformed(setting="LEDGER_TIME_AUTHORITY", problem="isn't a URL of http or https")
    if url and not given.get("LEDGER_TIME_ROOTS"):
        raise SettingMalformed(setting="LEDGER_TIME_ROOTS", problem="isn't said, but LEDGER_TIME_AUTHORITY is")
    return url


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _time_roots(file: str | None) -> "tuple[Certificate, ...]":
    if not file:
        return ()
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - most commands start without it

    try:
        return tuple(load_pem_x509_certificates(Path(file).expanduser().read_bytes()))
    except OSError as error:
        raise SettingMalformed(setting="LEDGER_TIME_ROOTS", problem=error.strerror or str(error)) from None
    except ValueError:
        raise SettingMalformed(setting="LEDGER_TIME_ROOTS", problem="isn't a file of certificates in PEM") from None


def _time_every(minutes: str) -> timedelta:
    if not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes) <= _MINUTES_MAX):
        raise SettingMalformed(
            setting="LEDGER_TIME_EVERY", problem=f"isn't a number of minutes from 1 to {_MINUTES_MAX}"
        )
    return timedelta(minutes=int(minutes))
