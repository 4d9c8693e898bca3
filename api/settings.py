"""Settings are what the surroundings say, read once at the start and refused there when they make no sense."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from api import setting_values as values
from api.limits.bounds import Bounds, Exposure, origins, rate
from api.setting_values import Reading, SettingFault, SettingMalformed, SettingsMalformed
from api.streams.places import STREAMS_MAX, STREAMS_PER_CALLER_MAX
from ledger.proof.keyring import NO_KEYS, Keys
from ledger.proof.policy import Policy

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["HOME_DEFAULT", "SettingFault", "SettingMalformed", "Settings", "SettingsMalformed"]

HOME_DEFAULT = Path("~/.local/share/trade-ledger")


class Settings(Struct, frozen=True, kw_only=True):
    """
    Where the ledger lives.

    home: its data on this machine; database_url: a PostgreSQL 15 or newer to use instead of the embedded one;
    through_pgbouncer: whether that URL leads through pgbouncer's transaction mode; server_binaries, server_account: of
    the embedded one. keys: what signs checkpoints; witness_policy: who is asked to cosign them. time_authority: the URL
    of an RFC 3161 authority; time_roots: what its certificate has to lead to; time_every: how often the keeper asks it.
    token_issuer, token_audience: whose tokens the API takes, and meant for whom; token_keys: the URL or file of that
    issuer's public keys. Where none of them is said, tokens are signed by a key of this machine.
    log_level, log_format: what servers write to standard error; metrics_host, metrics_port: where they are asked for
    metrics, nowhere where no port is said; traces: whether they send traces even where no endpoint is said.
    streams_max, streams_per_caller_max: how many streams one process has open. webhook_key: the file of what seals the
    secrets of webhooks; webhook_private: whether they may be delivered into our own network; webhook_seconds: how long
    a receiver has to answer.
    bounds: how much a server takes from whom; exposure: how it is reached from outside.
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
    log_level: str = "info"
    log_format: str = "json"
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    traces: bool = False
    streams_max: int = STREAMS_MAX
    streams_per_caller_max: int = STREAMS_PER_CALLER_MAX
    webhook_key: Path | None = None
    webhook_private: bool = False
    webhook_seconds: int = 15
    bounds: Bounds = Bounds()
    exposure: Exposure = Exposure()

    @property
    def token_folder(self) -> Path:
        """Return where this machine's own key of tokens is."""
        return self.home / "keys" / "tokens"

    @property
    def webhook_key_file(self) -> Path:
        """Return the file of what seals the secrets of webhooks."""
        return self.webhook_key or self.home / "keys" / "webhooks.key"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """
        Read LEDGER_HOME, LEDGER_DATABASE_URL, LEDGER_PGBOUNCER, LEDGER_PG_BIN and LEDGER_PG_USER; of proof LEDGER_KEYS
        (a folder), LEDGER_SIGNING_KEY or LEDGER_SIGNING_PROGRAM, and LEDGER_WITNESS_POLICY (a file); of time
        LEDGER_TIME_AUTHORITY, LEDGER_TIME_ROOTS (a file of certificates, PEM) and LEDGER_TIME_EVERY (minutes); of
        callers LEDGER_TOKEN_ISSUER, LEDGER_TOKEN_AUDIENCE and LEDGER_TOKEN_JWKS, all of them or none; of operation
        LEDGER_LOG_LEVEL, LEDGER_LOG_FORMAT, LEDGER_METRICS_HOST, LEDGER_METRICS_PORT and LEDGER_TRACES; of streams
        LEDGER_STREAMS_MAX and LEDGER_STREAMS_PER_CALLER_MAX; of webhooks LEDGER_WEBHOOK_KEY (a file),
        LEDGER_WEBHOOK_PRIVATE and LEDGER_WEBHOOK_SECONDS; of limits LEDGER_RATE_*, LEDGER_REQUESTS_*, LEDGER_BEHIND_TLS
        and LEDGER_CORS_ORIGINS. All that is wrong with them is told at once.

        Raises: SettingMalformed, SettingsMalformed.
        """
        given = os.environ if environment is None else environment
        read = Reading(given)
        home = Path(given.get("LEDGER_HOME") or HOME_DEFAULT).expanduser().absolute()
        settings = cls(
            home=home,
            database_url=read("LEDGER_DATABASE_URL", values.database_url, None),
            through_pgbouncer=read.of_several(
                lambda: values.switch("LEDGER_PGBOUNCER", given.get("LEDGER_PGBOUNCER", "no")), otherwise=False
            ),
            server_binaries=read("LEDGER_PG_BIN", Path, None),
            server_account=read("LEDGER_PG_USER", str, None),
            keys=read.of_several(lambda: values.keys(given, home), NO_KEYS),
            witness_policy=read("LEDGER_WITNESS_POLICY", values.witness_policy, None),
            token_issuer=read.of_several(lambda: values.of_issuer(given, "LEDGER_TOKEN_ISSUER"), ""),
            token_audience=read.of_several(lambda: values.of_issuer(given, "LEDGER_TOKEN_AUDIENCE"), ""),
            token_keys=read.of_several(
                lambda: values.token_keys(values.of_issuer(given, "LEDGER_TOKEN_JWKS")), otherwise=""
            ),
            time_authority=read.of_several(lambda: values.time_authority(given), None),
            time_roots=read("LEDGER_TIME_ROOTS", values.time_roots, ()),
            time_every=read("LEDGER_TIME_EVERY", values.time_every, timedelta(hours=1)),
            log_level=read("LEDGER_LOG_LEVEL", values.one_of("debug", "info", "warning", "error"), "info"),
            log_format=read("LEDGER_LOG_FORMAT", values.one_of("json", "console"), "json"),
            metrics_host=read("LEDGER_METRICS_HOST", values.host, "127.0.0.1"),
            metrics_port=read("LEDGER_METRICS_PORT", values.number_between(1, 65_535), None),
            traces=read("LEDGER_TRACES", values.one_of("yes", "no"), "no") == "yes",
            streams_max=read("LEDGER_STREAMS_MAX", values.number_between(1, AT_ONCE_MAX), STREAMS_MAX),
            streams_per_caller_max=read(
                "LEDGER_STREAMS_PER_CALLER_MAX", values.number_between(1, AT_ONCE_MAX), STREAMS_PER_CALLER_MAX
            ),
            webhook_key=read("LEDGER_WEBHOOK_KEY", lambda said: Path(said).expanduser().absolute(), None),
            webhook_private=read("LEDGER_WEBHOOK_PRIVATE", values.one_of("yes", "no"), "no") == "yes",
            webhook_seconds=read("LEDGER_WEBHOOK_SECONDS", values.number_between(1, 60), 15),
            bounds=_bounds(read),
            exposure=Exposure(
                behind_tls=read("LEDGER_BEHIND_TLS", values.one_of("yes", "no"), "no") == "yes",
                origins=read("LEDGER_CORS_ORIGINS", origins, ()),
            ),
        )
        read.check()
        return settings


AT_ONCE_MAX = 100_000


def _bounds(read: Reading) -> Bounds:
    usual, at_once = Bounds(), values.number_between(1, AT_ONCE_MAX)
    return Bounds(
        commands=read("LEDGER_RATE_COMMANDS", rate, usual.commands),
        reads=read("LEDGER_RATE_READS", rate, usual.reads),
        streams=read("LEDGER_RATE_STREAMS", rate, usual.streams),
        party_commands=read("LEDGER_RATE_PARTY_COMMANDS", rate, usual.party_commands),
        party_reads=read("LEDGER_RATE_PARTY_READS", rate, usual.party_reads),
        party_streams=read("LEDGER_RATE_PARTY_STREAMS", rate, usual.party_streams),
        strangers=read("LEDGER_RATE_STRANGERS", rate, usual.strangers),
        requests_max=read("LEDGER_REQUESTS_MAX", at_once, usual.requests_max),
        per_caller_max=read("LEDGER_REQUESTS_PER_CALLER_MAX", at_once, usual.per_caller_max),
        per_party_max=read("LEDGER_REQUESTS_PER_PARTY_MAX", at_once, usual.per_party_max),
    )
