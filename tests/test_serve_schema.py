"""The API against its own description: whatever fits it, or nearly does, is answered as told."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conformance

from tests.serving import client_of, colors
from zokusei.serve.app import api_description
from zokusei.serve.http_docs import document

API = "/api/v1"
HOST = {"Host": "127.0.0.1"}
ROUTES = [
    (method, path) for path, methods in api_description()["paths"].items() for method in methods
]
CHECKS = (
    not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory, color_bundle):
    library = colors(tmp_path_factory.mktemp("schema") / "library", color_bundle, 9)
    return client_of(library, color_bundle).app


@pytest.fixture(scope="module")
def described(served):
    return schemathesis.openapi.from_asgi(f"{API}/openapi.json", served, headers=HOST)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_request_makes_the_server_fail_or_say_what_it_does_not_describe(described, method, path):
    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(described[path][method].as_strategy())
    def answers_as_told(case):
        answer = case.call(headers=HOST)
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)

    answers_as_told()


def test_every_model_that_holds_more_than_others_has_an_example():
    for name, model in api_description()["components"]["schemas"].items():
        plain = [
            field
            for field in model.get("properties", {}).values()
            if field.get("type") not in (None, "boolean", "array")
        ]
        if plain and not name.endswith("ValidationError"):
            assert "example" in str(model) or any("const" in field for field in plain), name


def test_the_document_is_up_to_date():
    path = Path(__file__).parent.parent / "docs" / "http.md"
    assert path.read_text("utf-8") == document(), (
        "docs/http.md is stale; run `python -m zokusei.serve.http_docs > docs/http.md`"
    )
