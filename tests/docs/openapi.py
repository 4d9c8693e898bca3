"""
The OpenAPI document as a file, so that whoever integrates sees in review what changes.

Run `.venv/bin/python -m tests.docs.openapi` from the root of the repository after an operation, a shape or an example
changed; a test compares.
"""

from typing import Any

import msgspec

from api.app import app_of
from tests.refusals import ROOT

DOCUMENT = ROOT / "docs/openapi.json"


def document() -> dict[str, Any]:
    """Return the document, as it is served."""
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app_of().openapi()))
    return made


def encoded() -> bytes:
    """Return the document as the file has it."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=1) + b"\n"


if __name__ == "__main__":
    DOCUMENT.write_bytes(encoded())
