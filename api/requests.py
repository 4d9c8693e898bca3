"""Requests become submissions: a JSON body per command, typed and closed, with the key that makes a retry safe."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, cast

import msgspec
from fastapi import Request

from api.identity.caller import Caller
from domain import commands
from domain.commands import Command
from domain.errors import Malformed
from domain.references import agreement_id, dispute_id, order_id
from ledger.outcomes import Submission

PRINCIPAL = "api"
"""Whose command ids are: those of all who see the whole book. A party's are its own, see `principal_of`."""

ORDER_COMMANDS: dict[str, type[commands.OrderCommand]] = {
    "accept": commands.AcceptOrder,
    "cancel": commands.CancelOrder,
    "pay": commands.RecordPayment,
    "dispatch": commands.DispatchGoods,
    "deliver": commands.RecordDelivery,
    "confirm": commands.ConfirmReceipt,
    "lapse-inspection": commands.LapseInspection,
    "extend-inspection": commands.ExtendInspection,
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
    "take-over": commands.TakeOverOrder,
    "advance": commands.AdvanceGuarantee,
    "repay-advance": commands.RepayAdvance,
    "propose-write-off": commands.ProposeWriteOff,
    "approve-write-off": commands.ApproveWriteOff,
    "reject-write-off": commands.RejectWriteOff,
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


def body_of(command: type[Command], *, without: str | tuple[str, ...] | None = None) -> type[Body]:
    """Return the body that carries a command's fields, except those that its path carries."""
    fields = fields_of(command, without=_names(without))
    return cast(
        "type[Body]", msgspec.defstruct(f"{command.__name__}Body", fields, bases=(Body,), frozen=True, kw_only=True)
    )


def fields_of(command: type[Command], *, without: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Return a command's fields, as a struct of the same ones is defined by."""
    return [
        (field.name, field.type, *_default_of(field))
        for field in msgspec.structs.fields(command)
        if field.name not in without
    ]


def _names(in_path: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (in_path,) if isinstance(in_path, str) else in_path or ()


def _default_of(field: msgspec.structs.FieldInfo) -> tuple[Any, ...]:
    if field.default is not msgspec.NODEFAULT:
        return (field.default,)
    if field.default_factory is not msgspec.NODEFAULT:
        return (msgspec.field(default_factory=field.default_factory),)
    return ()


class CommandReader:
    """Reads requests for one kind of command; `in_path` names the fields that the path carries."""

    def __init__(self, command: type[Command], *, in_path: str | tuple[str, ...] | None = None) -> None:
        self._command = command
        self.body = body_of(command, without=in_path)
        self._decoder = msgspec.json.Decoder(self.body)

    async def read(self, request: Request, **in_path: str | int) -> Submission:
        """
        Return what the request submits.

        Raises, in this order: IdempotencyKeyMissing, HeaderMalformed, BodyMalformed.
        """
        envelope = envelope_of(request, in_path)
        said = self._decode(await request.body())
        return envelope.around(self._build(said, in_path), occurred_at=said.occurred_at)

    def _decode(self, body: bytes) -> Body:
        try:
            return self._decoder.decode(body or b"{}")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BodyMalformed(problem=str(error)) from None

    def _build(self, said: Body, in_path: Mapping[str, str | int]) -> Command:
        fields: dict[str, Any] = {name: getattr(said, name) for name in said.__struct_fields__ if name != "occurred_at"}
        return self._command(**fields, **in_path)


class Envelope(NamedTuple):
    """What a request says beside its body: the key of its command, who says it, and what versions they saw."""

    key: str
    caller: Caller
    expected_versions: dict[str, int]

    def around(self, command: Command, *, occurred_at: datetime | None) -> Submission:
        """Return the submission of a command."""
        return Submission(
            command=command,
            command_id=self.key,
            principal=principal_of(self.caller),
            actor=self.caller.actor,
            role=self.caller.role,
            occurred_at=occurred_at,
            expected_versions=self.expected_versions,
        )


def envelope_of(request: Request, in_path: Mapping[str, str | int]) -> Envelope:
    """
    Return what a request's token and headers say. If-Match is about the dispute, the order or the agreement that its
    path names.

    Raises, in this order: IdempotencyKeyMissing, HeaderMalformed.
    """
    headers = request.headers
    key = headers.get("idempotency-key")
    if not key:
        raise IdempotencyKeyMissing
    expected_versions = _expected(headers.get("if-match"), in_path)
    return Envelope(key=key, caller=request.state.caller, expected_versions=expected_versions)


def principal_of(caller: Caller) -> str:
    """Return in whose namespace a caller's command ids are, so that no party meets another's."""
    return f"{PRINCIPAL}:{caller.party}" if caller.is_party else PRINCIPAL


_VERSION = re.compile(r'"(\d{1,18})"')


def _expected(if_match: str | None, in_path: Mapping[str, str | int]) -> dict[str, int]:
    about = _about(in_path)
    if if_match is None or about is None:
        return {}
    if not (version := _VERSION.fullmatch(if_match)):
        raise HeaderMalformed(header="If-Match", problem='not a version in quotes, as "3"')
    return {about: int(version[1])}


def _about(in_path: Mapping[str, str | int]) -> str | None:
    match in_path:
        case {"order": str(order), "dispute": int(number)}:
            return dispute_id(order, number)
        case {"order": str(order)}:
            return order_id(order)
        case {"agreement": str(agreement)}:
            return agreement_id(agreement)
        case _:
            return None
