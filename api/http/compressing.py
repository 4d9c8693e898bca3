"""Compression of answers, for callers who take it."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from api.http.conditional import READS


class Compressing(GZipMiddleware):
    """The framework's, which a command passes by that asks for nothing compressed: nobody keeps its answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] not in READS and not _takes_any(scope):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _takes_any(scope: Scope) -> bool:
    return any(name == b"accept-encoding" for name, _ in scope["headers"])
