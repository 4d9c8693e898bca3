"""The HTTP application: commands in, balances and histories out, under /v1/books/{book}."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.composition import connected
from api.desk import Desk
from api.errors import (
    answer_database_absent,
    answer_defect,
    answer_http_error,
    answer_ledger_error,
    answer_log_corrupt,
    answer_parameter_error,
)
from api.routes import (
    audit,
    commands,
    counterfactuals,
    disputes,
    explanations,
    log,
    money,
    packs,
    parties,
    periods,
    previews,
    probes,
    reads,
    rulebooks,
    statements,
    work_lists,
)
from api.server import leave_with_parent
from api.settings import Settings
from domain.errors import LedgerError, LogCorrupt
from ledger.writer import DATABASE_ABSENT

BOOK = "/v1/books/{book}"


def create_app() -> FastAPI:
    """
    Return the application on the database that the environment names, already migrated: for a server's worker
    process.
    """
    settings = Settings.from_environment()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        leave_with_parent()
        url = settings.database_url or ""
        with connected(url, through_pgbouncer=settings.through_pgbouncer, keys=settings.keys) as house:
            app.state.desk = Desk(house, witness_policy=settings.witness_policy)
            yield

    return app_of(lifespan)


def app_of(lifespan: Callable[[FastAPI], Any] | None = None) -> FastAPI:
    """Return the application; `state.desk` is set by the lifespan or by whoever asks for none."""
    app = FastAPI(title="Trade-assurance ledger", version="1", lifespan=lifespan)
    app.add_exception_handler(LedgerError, answer_ledger_error)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_parameter_error)
    app.add_exception_handler(LogCorrupt, answer_log_corrupt)
    for absent in DATABASE_ABSENT:
        app.add_exception_handler(absent, answer_database_absent)
    app.add_exception_handler(Exception, answer_defect)
    app.include_router(probes.router)
    app.include_router(commands.routes(), prefix=BOOK)
    app.include_router(reads.router, prefix=BOOK)
    app.include_router(statements.router, prefix=BOOK)
    app.include_router(explanations.router, prefix=BOOK)
    app.include_router(audit.router, prefix=BOOK)
    app.include_router(log.router, prefix=BOOK)
    app.include_router(work_lists.router, prefix=BOOK)
    app.include_router(rulebooks.routes(), prefix=BOOK)
    app.include_router(counterfactuals.router, prefix=BOOK)
    app.include_router(parties.routes(), prefix=BOOK)
    app.include_router(money.routes(), prefix=BOOK)
    app.include_router(disputes.routes(), prefix=BOOK)
    app.include_router(periods.routes(), prefix=BOOK)
    app.include_router(packs.router, prefix=BOOK)
    app.include_router(previews.router, prefix=BOOK)
    return app
