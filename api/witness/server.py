"""The witness's server: one process, on the state of one folder."""

from collections.abc import Callable, Iterable
from pathlib import Path

import uvicorn

from api.composition import utc_now
from api.server import require_free
from api.witness.app import app_of
from api.witness.key_file import read_key_file
from ledger.proof.note import VerifierKey
from ledger.proof.witness_state import WitnessState
from ledger.proof.witnessing import Witness

ASKED_AT_ONCE_MAX = 64


def serve(
    key_file: Path,
    folder: Path,
    logs: Iterable[VerifierKey],
    *,
    host: str,
    port: int,
    ready: Callable[[Witness], None],
) -> None:
    """
    Witness logs until interrupted; what was begun is finished first. ready: told before the first request.

    Raises, in this order: WitnessKeyUnusable, AddressNotFree, WitnessStateUnusable, WitnessStateHeld.
    """
    name, key = read_key_file(key_file)
    require_free(host, port)
    with WitnessState.held(folder) as state:
        witness = Witness(name, key, logs, state)
        ready(witness)
        uvicorn.run(
            app_of(witness, utc_now),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            limit_concurrency=ASKED_AT_ONCE_MAX,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=10,
        )
