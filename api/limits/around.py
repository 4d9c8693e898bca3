"""What is around the application: its limits, and who of other origins may ask."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from api.limits.bounds import Bounds, Exposure
from api.limits.layer import Limits

HEADERS_TAKEN = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-ID")
HEADERS_SHOWN = (
    "ETag",
    "Ledger-Position",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)


def limited(app: ASGIApp, *, bounds: Bounds | None = None, exposure: Exposure | None = None) -> ASGIApp:
    """Return an application within its limits."""
    exposure = exposure or Exposure()
    if exposure.origins:
        app = CORSMiddleware(
            app,
            allow_origins=exposure.origins,
            allow_methods=("GET", "POST"),
            allow_headers=HEADERS_TAKEN,
            expose_headers=HEADERS_SHOWN,
        )
    return Limits(app, bounds=bounds, behind_tls=exposure.behind_tls)
