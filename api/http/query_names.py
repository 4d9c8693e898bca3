"""
A query names nothing but what its operation takes.

A name that it doesn't take means something to whoever said it, as a moment that is misspelt: to ignore it would answer
another question than was asked.
"""

from collections.abc import Iterable
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params, request_params_to_args
from starlette.requests import Request

from api.commands.command_table import faults_in_path
from api.http.faults import Fault, faults_of_parameters

UNKNOWN = "not a parameter of this operation"
NAME_CHARACTERS_MAX = 80


class Taken:
    """
    What an operation takes from its path and query.

    described: parameters that its description has beside those of its function, as OpenAPI has them.
    """

    def __init__(self, dependant: Dependant, described: Iterable[dict[str, Any]] = ()) -> None:
        fields = get_flat_params(dependant)
        self._of_query = [each for each in fields if each.field_info.in_.value == "query"]  # type: ignore[attr-defined]
        self._of_path = [each for each in fields if each.field_info.in_.value == "path"]  # type: ignore[attr-defined]
        said = {place: [each["name"] for each in described if each["in"] == place] for place in ("query", "path")}
        self._parts = said["path"]
        self.names = frozenset([*(each.alias for each in self._of_query), *said["query"]])

    def faults(self, request: Request) -> list[Fault]:
        """Return what is wrong with a request's path and query, where its query has a name that isn't taken."""
        query = request.query_params
        if self.names.issuperset(query.keys()):
            return []
        unknown = [Fault("query", UNKNOWN, name=name[:NAME_CHARACTERS_MAX]) for name in query if name not in self.names]
        _, of_path = request_params_to_args(self._of_path, request.path_params)
        _, of_query = request_params_to_args(self._of_query, query)
        return [
            *faults_in_path(request.path_params, self._parts),
            *faults_of_parameters([*of_path, *of_query]),
            *unknown,
        ]
