"""
A page is some rows of a list, all pages of which look at the book as it was at one position of the log.

So nothing is missed and nothing comes twice, however much is recorded while somebody turns the pages.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import Depends, Header, Query, Request, Response

from api.composition import OpenedBook
from api.http.desk import PAGE_MAX, AtBook, AtMoment, ByCaller
from api.http.shapes import shown
from api.listing.cursor import Cursor, Whole, binding_of, cursor_text, read_cursor
from api.listing.fields import Tree, picked, tree_of
from api.listing.formats import MEDIA_TYPES, Form, accepted, columns_asked, csv_table, json_lines
from api.moments import MomentAsked
from projections.moment import NOW, Moment
from projections.projection import Connection

PAGE_DEFAULT = 50
FIELDS_CHARACTERS_MAX = 2_000
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

K = TypeVar("K")
R = TypeVar("R")


class Reading(NamedTuple):
    """
    A connection to read a page by, and the moment to read at.

    moment: NOW where that is the moment that the page looks at, since it costs least; position: of that moment.
    """

    connection: Connection
    moment: Moment
    position: int


class PageAsked:
    """A page as it is asked for: how long, from where on, in which form, with which fields, at which moment."""

    def __init__(self, request: Request, book: OpenedBook, moment: MomentAsked, binding: str) -> None:
        self._request = request
        self._book = book
        self.moment = moment
        self._binding = binding
        self._position = 0
        self._instant: datetime | None = None
        self.cursor: Cursor | None = None
        self.limit = PAGE_DEFAULT
        self.fields: str | None = None
        self.form: Form = "json"

    def go_on(self, cursor: str | None) -> None:
        """Begin where a cursor says that the page before ended. Raises: CursorMalformed."""
        self.cursor = None if cursor is None else read_cursor(cursor, binding=self._binding)

    @property
    def wanted(self) -> int:
        """Return how many rows to look for: one more than are shown says whether another page follows."""
        return self.limit + 1

    @property
    def skip(self) -> int:
        """Return how many rows pages before had, for a list that is counted off. Raises: CursorMalformed."""
        return self.after(Whole) or 0

    def after(self, kind: type[K]) -> K | None:
        """Return the key of the last row of the page before; nothing on the first. Raises: CursorMalformed."""
        return self.cursor.key_as(kind) if self.cursor else None

    def instant(self, present: datetime) -> datetime:
        """Return what counts as the present: on all pages the same as on the first."""
        self._instant = (self.cursor.instant if self.cursor else None) or present
        return self._instant

    @contextmanager
    def reading(self, *, log: bool = False) -> Iterator[Reading]:
        """
        Take a connection to read the page by; log: whether it is read from the log alone, and not from projections.

        Raises, in this order: MomentMalformed, MomentAhead, ProjectionBehind.
        """
        asked = self._asked()
        seek = asked.named if log else asked.resolve
        sought = None if asked.is_present else seek(self._book)
        with self._book.pool.connection() as connection:
            connection.execute(_SNAPSHOT)
            reading = self._read_at(connection, sought, log=log)
            self._position = reading.position
            yield reading

    def answer(self, rows: Sequence[R], of: Any, *, key: Callable[[R], Any]) -> Response:
        """
        Return the page as an answer.

        rows: up to `wanted` of them; of: their type; key: returns what of a row the next page goes on after.

        Raises: ParameterMalformed (fields).
        """
        page = list(rows[: self.limit])
        more = key(page[-1]) if len(rows) > self.limit else None
        return self._answer(page, of, more)

    def counted_off(self, rows: Sequence[R], of: Any) -> Response:
        """Return the page of a list that was read from `skip` on, `wanted` of them."""
        return self._answer(list(rows[: self.limit]), of, self.skip + self.limit if len(rows) > self.limit else None)

    def part_of(self, rows: Sequence[R], of: Any) -> Response:
        """Return the page of a list that is given whole."""
        return self.counted_off(rows[self.skip : self.skip + self.wanted], of)

    def ending(self, rows: Sequence[R], of: Any, *, more: Any) -> Response:
        """Return a page of these rows and no others; more: the key that the next goes on after, none on the last."""
        return self._answer(list(rows), of, more)

    def _asked(self) -> MomentAsked:
        if self.cursor is None:
            return self.moment
        return MomentAsked(at_position=self.cursor.position, as_of=self.moment.as_of)

    def _read_at(self, connection: Connection, sought: Moment | None, *, log: bool) -> Reading:
        lags = self._book.runner.lags_in(connection)
        reached = {lags[0].head} if log else {lag.position for lag in lags}
        position = min(reached) if sought is None else sought.position
        as_of = sought.as_of if sought else None
        is_present = as_of is None and reached == {position}
        return Reading(connection, NOW if is_present else Moment(position, as_of), position)

    def _answer(self, page: list[Any], of: Any, more: Any) -> Response:
        tree = tree_of(self.fields, of) if self.fields else {}
        items = shown(page)
        following = None if more is None else cursor_text(self._binding, self._position, self._instant, more)
        if self.form == "json":
            items = picked(msgspec.to_builtins(items), tree) if tree else items
            found = {
                "items": items,
                "next": following,
                "position": self._position,
            }  # shown once: events stay as recorded
            listed = Response(msgspec.json.encode(found), media_type="application/json")
        else:
            listed = Response(_lines(self.form, items, of, tree), media_type=_media_type(self.form))
        listed.headers["Ledger-Position"] = str(self._position)
        if following:
            listed.headers["Link"] = f'<{self._url(following)}>; rel="next"'
        return listed

    def _url(self, cursor: str) -> str:
        """Return the path of the next page, with everything that was asked."""
        pairs = [pair for pair in self._request.query_params.multi_items() if pair[0] != "cursor"]
        return f"{self._request.scope['path']}?{urlencode([*pairs, ('cursor', cursor)])}"


def _lines(form: Form, items: Any, of: Any, tree: Tree) -> bytes:
    plain = picked(msgspec.to_builtins(items), tree)
    return csv_table(plain, columns_asked(of, tree)) if form == "csv" else json_lines(plain)


def _media_type(form: Form) -> str:
    return f"{MEDIA_TYPES[form]}; charset=utf-8; header=present" if form == "csv" else MEDIA_TYPES[form]


Rows = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many rows at most.")]
CursorSaid = Annotated[str | None, Query(description="`next` of the page before, everything else as it was.")]
FieldsSaid = Annotated[str | None, Query(max_length=FIELDS_CHARACTERS_MAX, description="Some fields only: a,b.c.")]
FormSaid = Annotated[Form | None, Query(alias="format", description="Instead of by Accept.")]
Accepted = Annotated[str, Header(include_in_schema=False)]


async def present_page_asked(
    request: Request,
    book: AtBook,
    caller: ByCaller,
    limit: Rows = PAGE_DEFAULT,
    cursor: CursorSaid = None,
    fields: FieldsSaid = None,
    form: FormSaid = None,
    accept: Accepted = "",
) -> PageAsked:
    """Return the page that a request asks for, of a list that knows the present only. Raises: CursorMalformed."""
    page = PageAsked(request, book, MomentAsked(), binding_of(request, caller, book.name))
    page.limit, page.fields, page.form = limit, fields, form or accepted(accept)
    page.go_on(cursor)
    return page


async def page_asked(page: Annotated[PageAsked, Depends(present_page_asked)], moment: AtMoment) -> PageAsked:
    """Return the page that a request asks for, at the moment that it asks for."""
    page.moment = moment
    return page


Paged = Annotated[PageAsked, Depends(page_asked)]
PagedPresent = Annotated[PageAsked, Depends(present_page_asked)]
