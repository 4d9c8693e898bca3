"""The verb that writes an evidence pack: all that proves a trade or a dispute, for one reader, in one file."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from api.cli.arguments import ArgumentMalformed, Why
from api.cli.terminal import AsJson, BookName, book_of, out, print_json
from api.composition import utc_now
from api.packs.making import PackView, file_name, make_pack
from api.settings import Settings
from ledger.reads import Reader

PACK = "pack"

_FOR_ITS_OWNER = 0o600


class EvidenceVerbs(TyperGroup):
    """Verbs about evidence; whatever is none of them is what a pack is about: `evidence PO-1 -o PO-1.zip`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, `pack` being understood."""
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = [PACK, *args]
        return super().parse_args(ctx, args)


def pack(
    about: Annotated[str, typer.Argument(metavar="REF", help="An order, as PO-1001, or a dispute, as PO-1001/1.")],
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to; a new file. Else REF.zip, in this folder.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Who reads; what is seen in clear is recorded.")] = None,
    role: Annotated[str, typer.Option(help="In which role: what it may see is in the pack.")] = "operator",
    party: Annotated[str, typer.Option(help="With --role buyer or exporter: which one, by key.")] = "",
    why: Why = "",
    in_clear: Annotated[
        bool, typer.Option("--in-clear/--commitments", help="With texts and documents, or only what stands for them.")
    ] = True,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """
    Write the evidence about a trade or a dispute, with its proofs, as one zip that anybody can verify offline.

    `trade-ledger evidence PO-1001 -o PO-1001.zip`; then `python verify_pack.py PO-1001.zip --key KEY`.
    """
    policy = Settings.from_environment().witness_policy
    reader = Reader(actor or f"{role}:{party or 'cli'}", role, why)
    with book_of(book) as opened:
        made = make_pack(opened, about, reader, made_at=utc_now(), party=party, policy=policy, in_clear=in_clear)
    written = file or Path(file_name(made.view.about))
    _write(written, made.content)
    if as_json:
        print_json(made.view)
    else:
        out.print(_told(written, made.view), markup=False, highlight=False, soft_wrap=True)


def _write(file: Path, content: bytes) -> None:
    try:
        file.touch(mode=_FOR_ITS_OWNER, exist_ok=False)
        file.write_bytes(content)
    except OSError as error:
        raise ArgumentMalformed(argument="output", problem=str(error)) from None


def _told(file: Path, view: PackView) -> str:
    witnessed = {
        None: "no witness policy is set",
        True: f"witnessed by {', '.join(view.cosigned_by)}",
        False: "NOT WITNESSED as the policy asks",
    }[view.witnessed]
    stamped = f"stamped at {view.stamped_at}" if view.stamped_at else "not stamped"
    texts = f"{view.open} open, {view.erased} erased, {view.withheld} withheld"
    return "\n".join(
        (
            f"{file}: {view.bytes:,} bytes, {view.about} for {view.role} {view.party}".rstrip(),
            f"{view.events} events, {view.redacted} redacted; texts: {texts}; documents: {view.documents}",
            f"proved under a checkpoint of {view.checkpoint} events; {witnessed}; {stamped}",
            f"python verify_pack.py {file} --key {view.key}",
        )
    )
