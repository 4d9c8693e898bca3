"""The door is what every request passes before its operation: token, role, book, and whose things it is about."""

import asyncio
import re
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.composition import BookNotFound
from api.http.desk import Desk, desk_of
from api.http.negotiation import check_acceptable
from api.identity.caller import Caller
from api.identity.own import check_own
from api.identity.permissions import Own, check_permitted
from api.identity.refusals import TokenMissing, TokenRefused
from api.limits.passing import let_in, passage_of
from domain.references import KEY

_BEARER = re.compile(rb"bearer +([!-~]+)", re.IGNORECASE)

_described = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="token")
"""Tells the API's description of the token; what counts is read by `_token`."""


async def admit(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_described)] = None
) -> None:
    """
    Let a request in, and keep whose it is with it.

    Raises, in this order: RateExceeded (of an address), TokenMissing, TokenRefused, TokenKeysUnavailable, CallerBusy,
    RateExceeded (of the caller), RoleForbidden, BookNotFound (also of a book that isn't the caller's), NotAcceptable,
    and what `check_own` does.
    """
    desk = desk_of(request)
    # One whose token was verified a moment ago costs no thread, and isn't slowed by whoever else is at its address.
    caller = _find_remembered(desk, request) or await _identified(desk, request)
    request.scope["state"]["caller"] = caller
    if desk.rates is not None:
        let_in(request, desk.rates, caller)
    by = check_permitted(caller, request.scope["route"].name)
    book = request.scope["path_params"]["book"]
    if not caller.may_enter(book):
        raise BookNotFound(book=book)
    check_acceptable(request)
    if by is not None and KEY.fullmatch(book):  # a name that is none is left to the route, which says so
        await asyncio.to_thread(_check_own, desk, caller, by, book, dict(request.path_params))


async def check_still_admitted(request: Request) -> None:
    """
    Check that the token of a request that was let in some time ago still counts.

    Raises, in this order: TokenRefused, TokenKeysUnavailable.
    """
    desk = desk_of(request)
    if _find_remembered(desk, request) is None:
        await _identified(desk, request)


async def _identified(desk: Desk, request: Request) -> Caller:
    address = request.client.host if request.client else ""
    if desk.rates is not None:
        desk.rates.check_stranger(address)
    try:
        return await _proved(desk, request)
    except (TokenMissing, TokenRefused):
        if desk.rates is not None:
            passage_of(request).rate = desk.rates.count_stranger(address)
        raise


def _find_remembered(desk: Desk, request: Request) -> Caller | None:
    said = _said(request)
    if desk.tokens is None or len(said) != 1 or not (bearer := _BEARER.fullmatch(said[0])):
        return None
    return desk.tokens.find_remembered(bearer[1].decode())


async def _proved(desk: Desk, request: Request) -> Caller:
    token = _token(request)
    if desk.tokens is None:
        raise TokenRefused
    return await asyncio.to_thread(desk.tokens.caller_of, token)


def _token(request: Request) -> str:
    said = _said(request)
    if not said:
        raise TokenMissing
    bearer = _BEARER.fullmatch(said[0]) if len(said) == 1 else None
    if bearer is None:
        raise TokenRefused
    return bearer[1].decode()


def _said(request: Request) -> list[bytes]:
    return [value for name, value in request.scope["headers"] if name == b"authorization"]


def _check_own(desk: Desk, caller: Caller, by: Own, book: str, in_path: dict[str, str]) -> None:
    check_own(caller, by, in_path, desk.book(book))


Admitted = Depends(admit)
