"""
The XML of a camt message, as banks write it: mostly well-formed.

A bare `&`, a control character, or bytes in another encoding than the one named can mean one thing only and are read
as that. A file that is cut, or whose elements don't close, is read as far as its elements are whole.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

from lxml import etree

from api.exchange.bank_statements.statement import Problem

DOCUMENT_TYPE = "no document type is taken: it could make a small file a huge one"

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']""")
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class CamtUnreadable(Exception):
    """Not XML, or no message of a bank account."""


class CamtDocument(NamedTuple):
    """
    A message's root, what is wrong with the file, and, where it breaks off, which elements of it are whole.

    broken: where it breaks off and why, nothing where it doesn't.
    """

    root: Any
    problems: tuple[Problem, ...] = ()
    broken: Problem | None = None
    closed: frozenset[Any] = frozenset()

    def whole(self, element: Any, name: str) -> Iterator[Any]:
        """Yield the children of a name that are whole."""
        for child in element.iterchildren(f"{{*}}{name}"):
            if self.broken is None or child in self.closed:
                yield child

    def problems_of(self, element: Any) -> list[Problem]:
        """Return what is wrong with an element because the file breaks off in it."""
        return [] if self.broken is None or element in self.closed else [self.broken]


def camt_document(content: bytes) -> CamtDocument:
    """
    Return the document of a file.

    Raises: CamtUnreadable.
    """
    try:
        return CamtDocument(_without_type(etree.fromstring(content.strip(), _parser())))
    except (etree.XMLSyntaxError, ValueError) as error:
        reason, line = f"not XML: {error}", getattr(error, "lineno", 0) or 0
    mended = _mended(content)
    told = Problem(line, f"{reason}; texts are read as they must have been meant")
    try:
        return CamtDocument(_without_type(etree.fromstring(mended, _parser())), (told,))
    except (etree.XMLSyntaxError, ValueError):
        return _until_it_breaks(mended, reason)


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)


def _without_type(root: Any) -> Any:
    if root.getroottree().docinfo.internalDTD is not None:
        raise CamtUnreadable(DOCUMENT_TYPE)
    return root


def _mended(content: bytes) -> bytes:
    """Return the content in UTF-8, with what is no XML in its texts written as text."""
    named = _ENCODING.match(content)
    try:
        said = content.decode(named[1].decode() if named else "utf-8")
    except (UnicodeDecodeError, LookupError):
        said = content.decode("cp1252", errors="replace")
    return _BARE.sub("&amp;", _CONTROL.sub(" ", _DECLARATION.sub("", said, count=1))).encode()


def _until_it_breaks(content: bytes, reason: str) -> CamtDocument:
    root, closed, line = None, set[Any](), 0
    reading = etree.iterparse(
        BytesIO(content),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
    )
    try:
        for event, element in reading:
            root = element if root is None else root
            if event == "end":
                closed.add(element)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
    if root is None:
        raise CamtUnreadable(reason)
    return CamtDocument(
        _without_type(root), (), Problem(line, f"{reason}; nothing after that is read"), frozenset(closed)
    )
