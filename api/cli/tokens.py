"""The verb that issues a token by this machine's own key, for whoever calls the API."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from api.composition import new_id, new_seed, utc_now
from api.identity.caller import PARTY_ROLES, Caller
from api.identity.issuers import require_own_tokens
from api.identity.local_key import ensure_local_key, issue_token
from api.identity.tokens import Claims
from api.settings import Settings

MINUTES_MAX = 60 * 24 * 31


class RoleName(StrEnum):
    """What a caller may be; as `Role` has them."""

    OPERATOR = "operator"
    FINANCE = "finance"
    MEDIATOR = "mediator"
    AUDITOR = "auditor"
    BUYER = "buyer"
    EXPORTER = "exporter"
    PARTNER = "partner"


def token(
    role: Annotated[RoleName, typer.Option(help="What the caller is.")],
    party: Annotated[str, typer.Option(metavar="KEY", help="For whom a buyer, exporter or partner speaks.")] = "",
    actor: Annotated[str, typer.Option(metavar="KIND:KEY", help="Who it is, as events name them.")] = "",
    book: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A book to enter; else all.")] = None,
    minutes: Annotated[int, typer.Option(min=1, max=MINUTES_MAX, help="How long it is taken.")] = 60,
) -> None:
    """Print a bearer token for the API, signed by this machine's own key, which is made where there is none."""
    settings = Settings.from_environment()
    require_own_tokens(settings)
    caller = _caller(str(role), party, actor or f"{role}:{party or 'cli'}", book or [])
    ensure_local_key(settings.token_folder, new_seed())
    lifetime = timedelta(minutes=minutes)
    typer.echo(issue_token(settings.token_folder, caller, jti=new_id(), at=utc_now(), lifetime=lifetime))


def register(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(token)


def _caller(role: str, party: str, actor: str, books: list[str]) -> Caller:
    """Return whom a token is for: only what a token could say."""
    if (role in PARTY_ROLES) != bool(party):
        raise typer.BadParameter(
            f"a {role} speaks for a party: --party KEY" if not party else f"a {role} speaks for no party"
        )
    claims = {"sub": actor, "role": role, "party": party, "books": books or "*", "exp": 0}
    try:
        return msgspec.convert(claims, Claims).caller()
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from None
