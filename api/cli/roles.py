"""Verbs for who may read a book in the database itself: roles that see one book, or some, and nothing of another."""

from typing import Annotated

import typer

from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table
from ledger.roles import BookReader, BookReaders

roles = typer.Typer(help="Database roles that read one book and nothing of another.", no_args_is_help=True)

RoleName = Annotated[str, typer.Argument(metavar="NAME", help="The role: lower-case letters, digits, underscores.")]


@roles.command()
def grant(
    name: RoleName,
    auditor: Annotated[
        bool, typer.Option("--auditor", help="Show outcomes, attempts, readings and changes of tables too.")
    ] = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Let a role see a book; make the role if there is none. A login is for the server's administrator to give."""
    with book_of(book) as opened:
        reader = BookReaders(opened.pool).grant(name, book, auditor=auditor)
    if as_json:
        print_json(reader)
        return
    out.print(f"{name} reads {', '.join(reader.books)} {_kind(reader)}", highlight=False, soft_wrap=True)
    if not reader.can_login:
        out.print(f"to log in as it: ALTER ROLE {name} LOGIN PASSWORD '...'", highlight=False, soft_wrap=True)


@roles.command()
def revoke(name: RoleName, book: BookName = "main") -> None:
    """Let a role see a book no longer; the role itself stays."""
    with book_of(book) as opened:
        BookReaders(opened.pool).revoke(name, book)
    out.print(f"{name} no longer reads book {book}", highlight=False)


@roles.command()
def show(book: BookName = "main", as_json: AsJson = False) -> None:
    """List who reads a book, and which others they read."""
    with book_of(book) as opened:
        readers = BookReaders(opened.pool).of(book)
    if as_json:
        print_json(readers)
        return
    print_table(
        f"Who reads book {book} in the database itself",
        ["role", "books", "reads", "login"],
        [(each.role, ", ".join(each.books), _kind(each), _login(each)) for each in readers],
    )


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(roles, name="role")


def _kind(reader: BookReader) -> str:
    return "as an auditor" if reader.is_auditor else "as a reader"


def _login(reader: BookReader) -> str:
    if not reader.exists:
        return "no such role on this server"
    return "yes" if reader.can_login else "no"
