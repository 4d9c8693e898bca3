"""Retries: the same request again, with the same key, where its answer was lost or the ledger asks to come again."""

import random
from dataclasses import dataclass

import httpx

from trade_assurance_client.problems import ProblemAnswered

TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, kw_only=True)
class Retries:
    """
    How often and after which pauses a request is made again.

    attempts_max: the first one counted; pause_seconds: before the second one, doubled for each further one up to
    pause_seconds_max, and drawn between half of that and all of it. What `Retry-After` says is waited for, if it is
    at most wait_seconds_max; where it is more, the problem is raised at once.
    """

    attempts_max: int = 6
    pause_seconds: float = 0.1
    pause_seconds_max: float = 5.0
    wait_seconds_max: float = 60.0

    def pause_after(self, attempt: int, response: httpx.Response | None) -> float | None:
        """
        Return how many seconds to wait before another attempt, or nothing where there is none.

        attempt: from 1; response: nothing where the connection failed.
        """
        if attempt >= self.attempts_max or (response is not None and not _may_help(response)):
            return None
        named = _retry_after(response)
        if named is not None:
            return named if named <= self.wait_seconds_max else None
        most = min(self.pause_seconds_max, self.pause_seconds * 2 ** (attempt - 1))
        return random.uniform(most / 2, most)  # noqa: S311 - spreads callers, hides nothing


def _may_help(response: httpx.Response) -> bool:
    """Return whether the same request may be answered otherwise later."""
    if response.is_server_error or response.status_code == TOO_MANY_REQUESTS:
        return True
    return response.is_client_error and ProblemAnswered(response).retryable


def _retry_after(response: httpx.Response | None) -> float | None:
    said = "" if response is None else response.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else None
