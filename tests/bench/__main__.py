"""Measurements of speed and memory, each beside its baseline: `python -m tests.bench [--events N] [name ...]`."""

import argparse
import os
import sys
from collections.abc import Callable

import msgspec
import structlog

from tests.bench.append_bulk import append_bulk
from tests.bench.bulk_http import http_bulk
from tests.bench.commands_32 import commands_32
from tests.bench.ground import Ground, prepared
from tests.bench.http_orders import http_1, http_32, http_reads_32
from tests.bench.log_verification import log_verification, offline_audit
from tests.bench.long_aggregate import long_aggregate_cold, long_aggregate_warm
from tests.bench.matching import matching, matching_memory
from tests.bench.measurement import Measurement, say
from tests.bench.memory_peak import memory_peak
from tests.bench.mixed_workload import mixed_workload
from tests.bench.moments import moment_as_of, moment_at_position, moment_both, moment_known_at
from tests.bench.projection_speed import projection_catch_up, projection_rebuild
from tests.bench.proofs import proof_of_consistency, proof_of_inclusion
from tests.bench.second_engine import duckdb_rebuild
from tests.bench.signing import signing

EVENTS = 1_000_000

MEASUREMENTS: dict[str, Callable[[Ground], Measurement]] = {
    measure.__name__: measure
    for measure in (
        append_bulk,
        commands_32,
        mixed_workload,
        long_aggregate_warm,
        long_aggregate_cold,
        http_1,
        http_32,
        http_bulk,
        http_reads_32,
        projection_catch_up,
        projection_rebuild,
        duckdb_rebuild,
        moment_at_position,
        moment_known_at,
        moment_as_of,
        moment_both,
        log_verification,
        offline_audit,
        proof_of_inclusion,
        proof_of_consistency,
        signing,
        matching,
        matching_memory,
        memory_peak,
    )
}


def main() -> None:
    """Take the measurements that were named, or all, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASUREMENTS))
    parser.add_argument(
        "--events",
        type=int,
        default=int(os.environ.get("BENCH_EVENTS", EVENTS)),
        help="length of the log that projections and memory are measured on (BENCH_EVENTS, %(default)s)",
    )
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(MEASUREMENTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(MEASUREMENTS)}")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with prepared(events=asked.events) as ground:
        for name in asked.names or MEASUREMENTS:
            say(f"{name} ...")
            print(msgspec.json.encode(MEASUREMENTS[name](ground)).decode(), flush=True)


if __name__ == "__main__":
    main()
