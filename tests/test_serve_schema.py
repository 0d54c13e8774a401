"""The API against its own description: whatever fits it, or nearly does, is answered as told."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.serving import client_of, colors
from zokusei.serve.http_docs import document

API = "/api/v1"


@pytest.fixture(scope="module")
def served(tmp_path_factory, color_bundle):
    library = colors(tmp_path_factory.mktemp("schema") / "library", color_bundle, 9)
    return client_of(library, color_bundle).app


@pytest.fixture
def described(served):
    return schemathesis.openapi.from_asgi(
        f"{API}/openapi.json", served, headers={"Host": "127.0.0.1"}
    )


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_makes_the_server_fail_or_say_what_it_does_not_describe(case):
    answer = case.call(headers={"Host": "127.0.0.1"})
    assert answer.status_code < 500, answer.text
    case.validate_response(
        answer,
        checks=(
            schemathesis.checks.not_a_server_error,
            schemathesis.openapi.checks.status_code_conformance,
            schemathesis.openapi.checks.content_type_conformance,
            schemathesis.openapi.checks.response_schema_conformance,
        ),
    )


def test_every_model_of_the_description_has_an_example(served):
    models = served.openapi()["components"]["schemas"]
    bare = [
        name
        for name, model in models.items()
        if "properties" in model and not str(model).count("example")
    ]
    assert set(bare) <= {"HTTPValidationError", "ValidationError", "TroubleAnswer", "Health"}


def test_the_document_is_up_to_date():
    from pathlib import Path

    path = Path(__file__).parent.parent / "docs" / "http.md"
    assert path.read_text("utf-8") == document(), (
        "docs/http.md is stale; run `python -m zokusei.serve.http_docs > docs/http.md`"
    )
