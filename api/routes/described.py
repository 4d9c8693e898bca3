"""The page at /docs: every operation on one plain page, made from the API's own description, without any script."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response

router = APIRouter()

STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}
code{font:14px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but this one style is taken, from here or from anywhere."""

METHODS = ("get", "put", "post", "delete", "patch")
UNTAGGED = "other"


@router.get("/docs", include_in_schema=False, name="docs")
async def docs(request: Request) -> Response:
    """Return the page; it shows nothing of any book, as /openapi.json doesn't."""
    page = page_of(request.app.openapi())
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": POLICY})


def page_of(described: dict[str, Any]) -> str:
    """Return the page of a description."""
    about = described["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(about["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{escape(about['title'])}</h1><p>Version {escape(str(about['version']))}. Bodies, answers and examples"
        f' stand in <a href="/openapi.json">/openapi.json</a>, for tools that read OpenAPI {described["openapi"]}.</p>'
        f"{''.join(_sections(described['paths']))}</body></html>"
    )


def _sections(paths: dict[str, Any]) -> Iterator[str]:
    rows: dict[str, list[str]] = {}
    for path, operations in paths.items():
        for method in METHODS:
            if operation := operations.get(method):
                rows.setdefault(next(iter(operation.get("tags", ())), UNTAGGED), []).append(
                    f"<tr><td>{method.upper()}</td><td><code>{escape(path)}</code></td>"
                    f"<td>{escape(operation.get('summary', ''))}</td></tr>"
                )
    for tag, said in sorted(rows.items()):
        yield f"<h2>{escape(tag)}</h2><table><tr><th>method</th><th>path</th><th>what</th></tr>{''.join(said)}</table>"
