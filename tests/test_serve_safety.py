"""Who may ask a server, and what browsers may load from it."""

import json
import re

import pytest

from tests.serving import client_of, colors, error_of
from zokusei.serve.safety import COOKIE

API = "/api/v1"
TOKEN = "a-token-of-some-length"  # noqa: S105
LABEL = {"work_id": "w000", "attribute_id": "red_hair", "state": "absent"}


@pytest.fixture(scope="module")
def library(tmp_path_factory, color_bundle):
    return colors(tmp_path_factory.mktemp("safety") / "library", color_bundle, 6)


@pytest.fixture
def client(library, color_bundle):
    return client_of(library, color_bundle)


@pytest.fixture
def guarded(library, color_bundle):
    return client_of(library, color_bundle, host="0.0.0.0", token=TOKEN)  # noqa: S104


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "[::1]:8765", "LOCALHOST:1"])
def test_a_local_server_goes_by_its_own_names(client, host):
    assert client.get(f"{API}/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.x:80"])
def test_another_name_that_was_pointed_at_it_is_refused(client, host):
    answer = client.get(f"{API}/works", headers={"Host": host})
    assert (answer.status_code, error_of(answer)["kind"]) == (403, "not_allowed")


def test_a_name_that_the_operator_allows_is_taken(library, color_bundle):
    client = client_of(library, color_bundle, hosts=("gallery.example",))
    assert client.get(f"{API}/health", headers={"Host": "gallery.example"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:9"},
    ],
)
def test_another_site_can_change_nothing(client, headers):
    for method, path in (("PUT", "labels"), ("PUT", "bookmarks"), ("POST", "tag")):
        answer = client.request(method, f"{API}/{path}", json=LABEL, headers=headers)
        assert (answer.status_code, error_of(answer)["kind"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://127.0.0.1"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_its_own_pages_and_programs_can(client, headers):
    assert client.put(f"{API}/labels", json=LABEL, headers=headers).status_code == 200


def test_a_form_of_another_site_is_no_json(client):
    answer = client.put(
        f"{API}/labels", content=b'{"work_id": "w000"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422


def test_beyond_this_machine_a_token_is_wanted(guarded):
    for path in ("works", "works/w000", "pictures/w000", "metrics", "openapi.json", "nowhere"):
        answer = guarded.get(f"{API}/{path}")
        assert (answer.status_code, error_of(answer)["kind"]) == (401, "no_token")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert guarded.get(f"{API}/health").status_code == 200


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_a_program_shows_it_in_a_header(guarded, header):
    assert guarded.get(f"{API}/works", headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", "Bearer 秘密"])
def test_a_wrong_one_opens_nothing(guarded, header):
    headers = {"Authorization": header.encode()}
    assert guarded.get(f"{API}/works", headers=headers).status_code == 401
    cookie = f"{COOKIE}=x; \xff=\x01".encode("latin-1")
    assert guarded.get(f"{API}/works", headers={"Cookie": cookie}).status_code == 401
    assert guarded.get(f"{API}/works?token=wrong").status_code == 401


def test_a_browser_shows_it_once_in_the_address_and_then_as_a_cookie(guarded):
    answer = guarded.get(f"{API}/works?limit=1&token={TOKEN}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{API}/works?limit=1")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert guarded.get(f"{API}/works").status_code == 200, "the cookie is sent from now on"


def test_signing_in_leads_nowhere_else(guarded):
    for path in ("//evil.example", "/\\evil.example", "/%0d%0aX-Evil:1"):
        answer = guarded.get(f"http://127.0.0.1{path}?token={TOKEN}", follow_redirects=False)
        place = answer.headers["location"]
        assert re.match(r"/(?![/\\])", place), place
        assert "x-evil" not in answer.headers


def test_every_answer_tells_browsers_what_they_may_load(client):
    for path in ("works", "works/nothing", "pictures/w000", "openapi.json", "nowhere"):
        headers = client.get(f"{API}/{path}").headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    refused = client.get(f"{API}/works", headers={"Host": "evil.example"})
    assert "content-security-policy" in refused.headers


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "..%2f..%2fworks.lance",
        "%2e%2e/%2e%2e",
        "a%00b",
        "/etc/passwd",
        "%ff",
    ],
)
def test_no_path_from_a_request_reaches_the_disk(client, name):
    for address in ("works", "pictures", "related", "where/red_hair", "model/figures"):
        answer = client.get(f"{API}/{address}/{name}")
        assert answer.status_code in (400, 404, 422)
        error_of(answer)


def test_what_is_unforeseen_is_told_without_details(library, color_bundle):
    client = client_of(library, color_bundle)

    @client.app.get("/api/v1/broken")
    def broken():
        raise RuntimeError("a secret")

    answer = client.get("/api/v1/broken")
    assert (answer.status_code, error_of(answer)["kind"]) == (500, "internal")
    assert "secret" not in answer.text


def test_a_request_of_any_length_is_read_no_further_than_the_limit(client):
    wish = {"text": "x" * 2_000_000}
    for content in (json.dumps(wish).encode(), iter([b'{"text": "', b"x" * 2_000_000, b'"}'])):
        answer = client.post(
            f"{API}/related", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413
        error_of(answer)
