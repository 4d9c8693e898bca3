"""XML as the bank writes it: elements within elements, in the order in which they are said."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

Node = str
"""An element, written."""


def node(name: str, *inside: Node | Iterable[Node], **attributes: str) -> Node:
    """Return an element with what is inside, nothing where nothing is."""
    parts = [part for each in inside for part in ([each] if isinstance(each, str) else each)]
    content = "".join(parts)
    if not content:
        return ""
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>{content}</{name}>"


def leaf(name: str, text: str, **attributes: str) -> Node:
    """Return an element with a text, nothing where the text is empty."""
    return node(name, escape(text), **attributes) if text else ""


def nested(*names: str, text: str) -> Node:
    """Return a text in elements, one within the other."""
    *outer, last = names
    written = leaf(last, text)
    for name in reversed(outer):
        written = node(name, written)
    return written


def document(message: str, content: Node) -> bytes:
    """Return a message of ISO 20022, by its name."""
    root = f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">{content}</Document>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()
