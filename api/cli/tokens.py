"""The verbs that issue a token by this machine's own key, for whoever calls the API, and that revoke tokens."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import jwt
import msgspec
import typer

from api.composition import new_id, new_seed, utc_now
from api.identity.caller import PARTY_ROLES, Caller
from api.identity.issuers import require_own_tokens
from api.identity.local_key import ensure_local_key, issue_token
from api.identity.revoked import Revocation, revoke
from api.identity.tokens import Actor, Claims
from api.settings import Settings

MINUTES_MAX = 60 * 24 * 31
DAYS_MAX = 3_660
TOKEN_DOTS = 2

_ONE_OF_BOTH = "name a token, or --actor KIND:KEY"
_IS_NONE = "not a token"
_WITHOUT_ID = "the token has no id: revoke its actor's with --actor"


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


def revoke_token(
    token: Annotated[str, typer.Argument(metavar="ID|TOKEN", help="The id of a token (its claim jti), or it.")] = "",
    actor: Annotated[str, typer.Option(metavar="KIND:KEY", help="Whose tokens, all that were issued till now.")] = "",
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How long the last of them is valid.")] = 366,
) -> None:
    """Let a token, or all of somebody's, not be taken any more: by every server on this machine, within seconds."""
    if bool(token) == bool(actor):
        raise typer.BadParameter(_ONE_OF_BOTH)
    now = utc_now()
    said = Revocation(
        jti=_id_of(token) if token else "",
        actor=_actor(actor) if actor else "",
        before=int(now.timestamp()) + 1 if actor else 0,
        until=int((now + timedelta(days=days)).timestamp()),
        at=int(now.timestamp()),
    )
    revoke(Settings.from_environment().token_folder, said)
    typer.echo(f"revoked {said.jti or said.actor}")


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(token)
    app.command("revoke-token")(revoke_token)


def _id_of(token: str) -> str:
    """Return the id of a token, given as it is or as the whole token, whose signature doesn't matter here."""
    if token.count(".") != TOKEN_DOTS:
        return token
    try:
        jti = jwt.decode(token, options={"verify_signature": False}).get("jti")
    except jwt.PyJWTError:
        raise typer.BadParameter(_IS_NONE) from None
    if not isinstance(jti, str) or not jti:
        raise typer.BadParameter(_WITHOUT_ID)
    return jti


def _actor(actor: str) -> str:
    try:
        return msgspec.convert(actor, Actor)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from None


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
