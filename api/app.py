"""The HTTP application: commands in, balances and histories out, under /v1/books/{book}."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.composition import connected, utc_now
from api.desk import Desk
from api.errors import (
    answer_database_absent,
    answer_defect,
    answer_http_error,
    answer_ledger_error,
    answer_log_corrupt,
    answer_parameter_error,
)
from api.identity.door import Admitted
from api.identity.issuers import tokens_of
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
            app.state.desk = Desk(
                house, tokens=tokens_of(settings, clock=utc_now), witness_policy=settings.witness_policy
            )
            yield

    return app_of(lifespan)


def app_of(lifespan: Callable[[FastAPI], Any] | None = None) -> FastAPI:
    """Return the application; `state.desk` is set by the lifespan or by whoever asks for none."""
    app = FastAPI(
        title="Trade-assurance ledger",
        version="1",
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.add_exception_handler(LedgerError, answer_ledger_error)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_parameter_error)
    app.add_exception_handler(LogCorrupt, answer_log_corrupt)
    for absent in DATABASE_ABSENT:
        app.add_exception_handler(absent, answer_database_absent)
    app.add_exception_handler(Exception, answer_defect)
    app.include_router(probes.router)
    app.include_router(_books(), prefix=BOOK)
    return app


def _books() -> APIRouter:
    """Return every operation on a book. Nobody comes to one but through the door."""
    books = APIRouter(dependencies=[Admitted])
    for router in (
        commands.routes(),
        reads.router,
        statements.router,
        explanations.router,
        audit.router,
        log.router,
        work_lists.router,
        rulebooks.routes(),
        counterfactuals.router,
        parties.routes(),
        money.routes(),
        disputes.routes(),
        periods.routes(),
        packs.router,
        previews.router,
    ):
        books.include_router(router)
    return books
