"""Values of settings: what may be said in each, and all that is wrong told together."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from domain.errors import Malformed
from ledger.proof.keyring import Keys
from ledger.proof.policy import Policy, PolicyMalformed

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

T = TypeVar("T")

_MINUTES_MAX = 60 * 24 * 366
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_OF_ISSUER = ("LEDGER_TOKEN_ISSUER", "LEDGER_TOKEN_AUDIENCE", "LEDGER_TOKEN_JWKS")
_NUMBER_DIGITS_MAX = 18

_NOT_POSTGRESQL = "begins neither with postgresql:// nor postgres://"
_NOT_A_HOST = "isn't a host"
_NOT_HTTP = "isn't a URL of http or https"
_NOT_PEM = "isn't a file of certificates in PEM"


@dataclass(eq=False, kw_only=True)
class SettingMalformed(Malformed):
    """An environment variable has a value that can't be meant."""

    code: ClassVar[str] = "setting.malformed"
    setting: str
    problem: str


class SettingFault(Struct, frozen=True, kw_only=True):
    """What is wrong with one setting."""

    setting: str
    problem: str


@dataclass(eq=False, kw_only=True)
class SettingsMalformed(Malformed):
    """Several environment variables have values that can't be meant."""

    code: ClassVar[str] = "settings.malformed"
    faults: tuple[SettingFault, ...]


class Reading:
    """Reads settings one by one, and keeps what is wrong until all of them were read."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self._faults: list[SettingMalformed] = []

    def __call__(self, setting: str, parse: Callable[[str], T], default: T) -> T:
        """Return what a setting says, its default where nothing is said; `parse` raises ValueError with the problem."""
        said = self.given.get(setting)
        if not said:
            return default
        return self.of_several(lambda: _parsed(setting, parse, said), default)

    def of_several(self, read: Callable[[], T], otherwise: T) -> T:
        """Return what several settings say together, or something else where they can't be meant."""
        try:
            return read()
        except SettingMalformed as fault:
            self._faults.append(fault)
            return otherwise

    def check(self) -> None:
        """Check that everything read could be meant. Raises: SettingMalformed, or SettingsMalformed for several."""
        match self._faults:
            case []:
                return
            case [only]:
                raise only
            case faults:
                raise SettingsMalformed(
                    faults=tuple(SettingFault(setting=each.setting, problem=each.problem) for each in faults)
                )


def _parsed(setting: str, parse: Callable[[str], T], said: str) -> T:
    try:
        return parse(said)
    except ValueError as problem:
        raise SettingMalformed(setting=setting, problem=str(problem)) from None


def one_of(*words: str) -> Callable[[str], str]:
    """Return what takes one of some words."""

    def parse(said: str) -> str:
        if said not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return said

    return parse


def number_between(least: int, most: int) -> Callable[[str], int]:
    """Return what takes a whole number within bounds."""

    def parse(said: str) -> int:
        digits = said.isascii() and said.isdigit() and len(said) <= _NUMBER_DIGITS_MAX
        if not (digits and least <= int(said) <= most):
            raise ValueError(f"isn't a number from {least} to {most}")
        return int(said)

    return parse


def database_url(said: str) -> str:
    """Return the URL of a database."""
    if not said.startswith(("postgresql://", "postgres://")):
        raise ValueError(_NOT_POSTGRESQL)
    return said


_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")


def host(said: str) -> str:
    """Return the name or address of a host to listen on."""
    if not _HOST.fullmatch(said):
        raise ValueError(_NOT_A_HOST)
    return said


def switch(setting: str, said: str) -> bool:
    """Return whether something is on. Raises: SettingMalformed."""
    if said not in {"yes", "no"}:
        raise SettingMalformed(setting=setting, problem="neither yes nor no")
    return said == "yes"


def keys(given: Mapping[str, str], home: Path) -> Keys:
    """Return what signs. Raises: SettingMalformed."""
    folder = Path(given.get("LEDGER_KEYS") or home / "keys").expanduser().absolute()
    key, program = given.get("LEDGER_SIGNING_KEY") or None, given.get("LEDGER_SIGNING_PROGRAM") or None
    if key and program:
        raise SettingMalformed(setting="LEDGER_SIGNING_PROGRAM", problem="is said, and LEDGER_SIGNING_KEY too")
    if program and not os.access(program, os.X_OK):
        raise SettingMalformed(setting="LEDGER_SIGNING_PROGRAM", problem="isn't a program that can be run")
    return Keys(folder, key, Path(program) if program else None)


def witness_policy(file: str) -> Policy:
    """Return the policy that a file holds."""
    try:
        return Policy.parse(Path(file).expanduser().read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    except PolicyMalformed as error:
        raise ValueError(f"line {error.line}: {error.problem}") from None


def of_issuer(given: Mapping[str, str], setting: str) -> str:
    """Return what is said of the issuer of tokens, all of it or nothing. Raises: SettingMalformed."""
    said = [each for each in _OF_ISSUER if given.get(each)]
    if said and setting not in said:
        raise SettingMalformed(setting=setting, problem=f"isn't said, but {said[0]} is")
    return given.get(setting) or ""


def token_keys(where: str) -> str:
    """
    Return where keys are published; of the network only https: whoever could change them on the way is let in.

    Raises: SettingMalformed.
    """
    if not where:
        return ""
    if where.startswith(("https://", "http://")):
        if not is_http(where) or (where.startswith("http://") and urlsplit(where).hostname not in _LOOPBACK):
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


def time_authority(given: Mapping[str, str]) -> str | None:
    """Return the URL of a time authority, whose roots have to be said too. Raises: SettingMalformed."""
    url = given.get("LEDGER_TIME_AUTHORITY") or None
    if url and not is_http(url):
        raise SettingMalformed(setting="LEDGER_TIME_AUTHORITY", problem=_NOT_HTTP)
    if url and not given.get("LEDGER_TIME_ROOTS"):
        raise SettingMalformed(setting="LEDGER_TIME_ROOTS", problem="isn't said, but LEDGER_TIME_AUTHORITY is")
    return url


def is_http(url: str) -> bool:
    """Return whether a URL is one of http or https, with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def http_url(said: str) -> str:
    """Return a URL of http or https."""
    if not is_http(said):
        raise ValueError(_NOT_HTTP)
    return said


def time_roots(file: str) -> "tuple[Certificate, ...]":
    """Return the certificates in a file."""
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - most commands start without it

    try:
        return tuple(load_pem_x509_certificates(Path(file).expanduser().read_bytes()))
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None
    except ValueError:
        raise ValueError(_NOT_PEM) from None


def time_every(minutes: str) -> timedelta:
    """Return how often something is done."""
    if not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes) <= _MINUTES_MAX):
        raise ValueError(f"isn't a number of minutes from 1 to {_MINUTES_MAX}")
    return timedelta(minutes=int(minutes))
