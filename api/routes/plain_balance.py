"""The plain balance is what is read most: one account's, at present, in JSON; it has a way of its own to its answer."""

import re

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from api.http.desk import answered, desk_of
from api.identity.own import owns_account
from domain.accounts import control_of
from domain.references import KEY

_PLAIN = re.compile(rb"account=([A-Za-z0-9:._-]{1,200})")
_JSON = frozenset({"", "*/*", "application/json"})


def is_plain(request: Request) -> bool:
    """Return whether a request asks for one account's present balance, in JSON, and for nothing else."""
    return (
        _PLAIN.fullmatch(request.scope["query_string"]) is not None
        and request.headers.get("accept", "") in _JSON
        and KEY.fullmatch(request.path_params["book"]) is not None
    )


async def find_plain_balance(request: Request) -> Response | None:
    """
    Return one account's present balance, to a party its own, as the list that it is; nothing while it is built anew.

    Raises, in this order: BookNotFound, AccountUnknown.
    """
    desk, name = desk_of(request), request.path_params["book"]
    opened = await desk.opened(name)
    account = request.scope["query_string"].removeprefix(b"account=").decode()
    control_of(account)
    caller = request.state.caller
    is_shown = not caller.is_party or await run_in_threadpool(owns_account, caller, opened, account)
    found = await desk.balances_of(opened).read(account)
    if found is None:
        return None
    items = found.by_account[account] if is_shown else []
    listed = answered({"items": items, "next": None, "position": found.position})
    listed.headers["Ledger-Position"] = str(found.position)
    return listed
