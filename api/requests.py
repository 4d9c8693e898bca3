"""Requests become submissions: a JSON body per command, typed and closed, with the key that makes a retry safe."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, cast

import msgspec
from fastapi import Request

from domain import commands
from domain.commands import Command
from domain.errors import Malformed
from ledger.outcomes import Submission

PRINCIPAL = "api"

ORDER_COMMANDS: dict[str, type[commands.OrderCommand]] = {
    "accept": commands.AcceptOrder,
    "cancel": commands.CancelOrder,
    "pay": commands.RecordPayment,
    "dispatch": commands.DispatchGoods,
    "deliver": commands.RecordDelivery,
    "confirm": commands.ConfirmReceipt,
    "lapse-inspection": commands.LapseInspection,
    "freeze": commands.FreezeHold,
    "unfreeze": commands.UnfreezeHold,
    "charge-back": commands.RecordChargeback,
    "close-hold": commands.CloseHold,
    "propose-release": commands.ProposeRelease,
    "approve-release": commands.ApproveRelease,
    "reject-release": commands.RejectRelease,
    "propose-refund": commands.ProposeRefund,
    "approve-refund": commands.ApproveRefund,
    "reject-refund": commands.RejectRefund,
}
"""The last part of an order's path, and the command it stands for."""


@dataclass(eq=False, kw_only=True)
class IdempotencyKeyMissing(Malformed):
    """A change needs the header Idempotency-Key: an id of your own, the same at every retry."""

    code: ClassVar[str] = "request.idempotency_key_missing"


@dataclass(eq=False, kw_only=True)
class BodyMalformed(Malformed):
    """The body isn't what this command takes; `problem` names the field."""

    code: ClassVar[str] = "request.body_malformed"
    problem: str


@dataclass(eq=False, kw_only=True)
class HeaderMalformed(Malformed):
    """A header has a value that can't be meant."""

    code: ClassVar[str] = "request.header_malformed"
    header: str
    problem: str


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every command's body may say beside its own fields: when, in the world, it took place."""

    occurred_at: datetime | None = None


def body_of(command: type[Command], *, without: str | None = None) -> type[Body]:
    """Return the body that carries a command's fields, except the one that its path carries."""
    fields = []
    for field in msgspec.structs.fields(command):
        if field.name == without:
            continue
        default = field.default if field.default is not msgspec.NODEFAULT else ...
        fields.append((field.name, field.type) if default is ... else (field.name, field.type, default))
    return cast(
        "type[Body]", msgspec.defstruct(f"{command.__name__}Body", fields, bases=(Body,), frozen=True, kw_only=True)
    )


class CommandReader:
    """Reads requests for one kind of command."""

    def __init__(self, command: type[Command], *, in_path: str | None = None) -> None:
        self._command = command
        self.body = body_of(command, without=in_path)
        self._decoder = msgspec.json.Decoder(self.body)

    async def read(self, request: Request, **in_path: str) -> Submission:
        """
        Return what the request submits.

        Raises, in this order: IdempotencyKeyMissing, HeaderMalformed, BodyMalformed.
        """
        headers = request.headers
        key = headers.get("idempotency-key")
        if not key:
            raise IdempotencyKeyMissing
        expected_versions = _expected(headers.get("if-match"), in_path)
        said = self._decode(await request.body())
        return Submission(
            command=self._build(said, in_path),
            command_id=key,
            principal=PRINCIPAL,
            actor=headers.get("ledger-actor", "operator:api"),
            role=headers.get("ledger-role", "operator"),
            occurred_at=said.occurred_at,
            expected_versions=expected_versions,
        )

    def _decode(self, body: bytes) -> Body:
        try:
            return self._decoder.decode(body or b"{}")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BodyMalformed(problem=str(error)) from None

    def _build(self, said: Body, in_path: dict[str, str]) -> Command:
        fields: dict[str, Any] = {name: getattr(said, name) for name in said.__struct_fields__ if name != "occurred_at"}
        return self._command(**fields, **in_path)


_VERSION = re.compile(r'"(\d{1,18})"')


def _expected(if_match: str | None, in_path: dict[str, str]) -> dict[str, int]:
    if if_match is None or "order" not in in_path:
        return {}
    if not (version := _VERSION.fullmatch(if_match)):
        raise HeaderMalformed(header="If-Match", problem='not a version in quotes, as "3"')
    return {f"order:{in_path['order']}": int(version[1])}
