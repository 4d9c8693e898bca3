"""The API's description: an example of every operation, each of them what a story said and was answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from api.description.document import operations
from api.description.examples import EXAMPLES, Example, examples
from api.description.links import LINKS
from api.identity.permissions import OPEN, PERMISSIONS
from tests.docs import client, openapi
from tests.docs.examples import encoded, examples_of
from tests.examples.story import tell
from tests.examples.telling import Told, json_of, telling

DOCUMENT = openapi.document()
OPERATIONS = {operation["operationId"]: operation for _, _, operation in operations(DOCUMENT)}
ANYTHING = "*/*"


@pytest.fixture(scope="module")
def told(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Told]]:
    """Tell the story once."""
    with telling(shared_database, Path(tmp_path_factory.mktemp("keys")), tell) as teller:
        yield teller.told


def example_in(operation: dict[str, Any], status: int) -> Any:
    response = operation["responses"][str(status)]
    (content,) = [each for each in response["content"].values() if "examples" in each]
    return content["examples"][operation["operationId"]]["value"]


def schema_of(operation: str, status: int, media_type: str) -> dict[str, Any]:
    """Return the schema that is documented for an answer, with all that it refers to."""
    response = OPERATIONS[operation]["responses"][str(status)]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response["content"]
    schema = content.get(media_type, content.get(ANYTHING, {})).get("schema", {})
    assert {media_type, ANYTHING} & set(content), (operation, media_type)
    return {**schema, "components": DOCUMENT["components"]}


def test_every_operation_has_an_example() -> None:
    assert set(examples()) == set(OPERATIONS) == {*PERMISSIONS, *OPEN}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_every_operation_shows_its_example(operation: dict[str, Any]) -> None:
    example: Example = examples()[operation["operationId"]]
    shown = {each["name"]: each["example"] for each in operation.get("parameters", ()) if "example" in each}
    assert set(example.path) <= set(shown)
    if example.body:
        content = operation["requestBody"]["content"]["application/json"]
        assert content["examples"][operation["operationId"]]["value"] == example.body
    if example.answer.body is not None:
        said = operation["responses"][str(example.answer.status)]
        assert "$ref" in said or example_in(operation, example.answer.status) == example.answer.body


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_every_operation_has_a_title_a_tag_and_its_problems(operation: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert operation["summary"][0].isupper() or operation["summary"][0].isdigit(), operation["summary"]
    assert operation["tags"]
    assert set(operation["tags"]) <= tags
    if operation["operationId"] not in OPEN:
        assert operation["security"]
        assert {"400", "401", "403", "404", "429", "503"} <= set(operation["responses"])


def test_the_story_gives_the_examples(told: list[Told]) -> None:
    assert encoded(examples_of(told)) == EXAMPLES.read_bytes(), "run python -m tests.docs.examples"


def test_every_answer_of_the_story_is_as_documented(told: list[Told]) -> None:
    for asked, response in told:
        media_type = response.headers["content-type"].partition(";")[0]
        schema = schema_of(asked.operation, response.status_code, media_type)
        if "json" in media_type:
            jsonschema_rs.Draft202012Validator(schema).validate(json_of(response))


def test_every_link_leads_to_an_operation_with_the_parameters_that_it_names() -> None:
    for before, links in LINKS.items():
        for name, link in links.items():
            named = {each["name"] for each in OPERATIONS[link.operation_id]["parameters"]}
            assert set(link.parameters) <= named, (before, name)


def test_the_document_in_the_repository_is_the_one_that_is_served() -> None:
    assert openapi.DOCUMENT.read_bytes() == openapi.encoded(), "run python -m tests.docs.openapi"


def test_the_client_is_made_from_the_document() -> None:
    for path, text in client.files().items():
        assert path.read_text(encoding="utf-8") == text, "run python -m tests.docs.client"
