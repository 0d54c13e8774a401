"""The API over a small library: lists, works, related works, labels and bookmarks."""

import json
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.conftest import COLORS, patch, png
from tests.serving import RED, client_of, colors, error_of
from zokusei.bundle import Bundle
from zokusei.errors import UsageError
from zokusei.library import Label, Library
from zokusei.serve.paging import Cursor
from zokusei.serve.settings import Settings, UploadLimits

API = "/api/v1"


@pytest.fixture
def library(tmp_path, color_bundle):
    return colors(tmp_path / "library", color_bundle)


@pytest.fixture
def client(library, color_bundle):
    with client_of(library, color_bundle, person="hana") as client:
        yield client


def ids(page):
    return [work["work_id"] for work in page["works"]]


def all_pages(client, address):
    """The works of every page, and how many pages there were."""
    found, cursor, num = [], None, 0
    while True:
        page = client.get(address + (f"&cursor={cursor}" if cursor else "")).json()
        found, cursor, num = found + ids(page), page["next_cursor"], num + 1
        if cursor is None:
            return found, num


def test_works_come_in_pages_each_once(client):
    found, num = all_pages(client, f"{API}/works?limit=7&sort=id")
    assert found == [f"w{number:03d}" for number in range(30)]
    assert num == 5


def test_a_work_that_appears_between_two_pages_moves_none(client, library):
    first = client.get(f"{API}/works?limit=10&sort=id").json()
    library.add_works([{"work_id": "a"}, {"work_id": "w005a"}, {"work_id": "w020a"}])
    second = client.get(f"{API}/works?limit=10&sort=id&cursor={first['next_cursor']}").json()
    assert ids(second) == [f"w{number:03d}" for number in range(10, 20)]
    assert second["total"] == 33


def test_the_newest_works_stand_first_and_undated_ones_last(tmp_path, color_bundle):
    library = Library.create(tmp_path / "library")
    day = datetime(2026, 1, 1, tzinfo=UTC)
    library.add_works(
        [{"work_id": f"w{n}", "created_at": day + timedelta(days=n)} for n in range(4)]
        + [{"work_id": "undated"}]
    )
    client = client_of(library, color_bundle)
    found, _ = all_pages(client, f"{API}/works?limit=2")
    assert found == ["w3", "w2", "w1", "w0", "undated"]
    assert all_pages(client, f"{API}/works?limit=2&sort=oldest")[0] == [
        *["undated", "w0", "w1", "w2", "w3"]
    ]


def test_a_search_in_japanese_finds_what_one_in_english_does(client):
    japanese = client.get(f"{API}/search", params={"q": "赤髪"}).json()
    english = client.get(f"{API}/search", params={"q": "red hair"}).json()
    assert japanese["works"] == english["works"]
    assert set(ids(english)) == {f"w{number:03d}" for number in range(0, 30, 3)}
    scores = [work["score"] for work in english["works"]]
    assert scores == sorted(scores, reverse=True)


def test_chosen_attributes_narrow_and_exclude(client):
    page = client.get(f"{API}/works", params={"attribute": ["-red_hair", "-blue_hair"]}).json()
    assert page["total"] == 10
    (group,) = page["facets"]
    assert group == {
        "group_id": "hair_color",
        "facets": [{"attribute_id": "green_hair", "num_works": 10}],
    }


def test_words_that_nobody_knows_are_told_with_the_nearest(client):
    page = client.get(f"{API}/search", params={"q": "red_hiar"}).json()
    (unknown,) = page["query"]["unknown"]
    assert "red_hair" in unknown["nearest"]


def test_a_cursor_fits_its_own_question_alone(client):
    cursor = client.get(f"{API}/works?limit=5").json()["next_cursor"]
    for params in ({"q": "red_hair", "cursor": cursor}, {"cursor": "x"}, {"cursor": cursor[:-2]}):
        answer = client.get(f"{API}/works", params=params)
        assert answer.status_code == 400
        assert error_of(answer)["kind"] == "usage"


def test_a_cursor_is_read_back_exactly():
    cursor = Cursor(0.1 + 0.2, ("作品/1", "x"))
    assert Cursor.decode(cursor.encode("q"), "q") == cursor


def test_a_work_tells_its_attributes_by_group(client):
    work = client.get(f"{API}/works/{RED}").json()
    (group,) = work["groups"]
    assert group["lines"][0]["attribute_id"] == "red_hair"
    assert group["lines"][0]["over_threshold"]
    assert not group["lines"][-1]["over_threshold"]
    assert work["num_bookmarks"] == 0


def test_ids_may_be_paths_and_japanese(client, library):
    library.add_works([{"work_id": "画像/a b?.png", "image": png(patch("red_hair"))}])
    for address in ("画像/a b%3F.png", "%E7%94%BB%E5%83%8F%2Fa%20b%3F.png"):
        assert client.get(f"{API}/works/{address}").json()["card"]["work_id"] == "画像/a b?.png"
        assert client.get(f"{API}/pictures/{address}?width=160").status_code == 200


def test_a_work_that_is_not_there_is_a_404_in_one_shape(client):
    for address in (
        "works/nothing",
        "pictures/nothing",
        "related/nothing",
        "where/red_hair/nothing",
    ):
        answer = client.get(f"{API}/{address}")
        assert answer.status_code == 404
        assert error_of(answer)["kind"] == "not_found"
    assert error_of(client.get(f"{API}/nowhere"))["kind"] == "not_found"
    assert client.post(f"{API}/works").status_code == 405


def test_unknown_names_are_answered_with_the_nearest(client):
    answer = client.get(f"{API}/works", params={"attribute": "red_hiar"})
    assert answer.status_code == 404
    assert "red_hair" in error_of(answer)["nearest"]


def test_related_works_are_explained_to_the_last_bit(client):
    found = client.get(f"{API}/related/{RED}?k=5").json()["related"]
    assert all(int(work["card"]["work_id"][1:]) % 3 == 0 for work in found)
    for work in found:
        assert sum(reason["share"] for reason in work["because"]) == pytest.approx(work["score"])


def test_a_wish_mixes_examples_words_and_pictures(client):
    wish = {"likes": [RED], "dislikes": ["w002"], "text": "green hair", "k": 3}
    best = client.post(f"{API}/related", json=wish).json()["related"][0]["card"]["work_id"]
    assert int(best[1:]) % 3 == 1
    wish = {"pictures": [{"blue_hair": 0.9}], "k": 1}
    best = client.post(f"{API}/related", json=wish).json()["related"][0]["card"]["work_id"]
    assert int(best[1:]) % 3 == 2


@pytest.mark.parametrize("wish", [{"likes": [RED]}, {"pictures": [{"red_hair": 0.9}]}])
def test_a_wish_goes_on_without_words_that_nobody_knows(client, wish):
    plain = client.post(f"{API}/related", json=wish).json()
    told = client.post(f"{API}/related", json={**wish, "text": "redd hair"}).json()
    assert told["related"] == plain["related"]
    (unknown,) = told["unknown"]
    assert "red_hair" in unknown["nearest"]
    assert plain["unknown"] == []


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({}, 400),
        ({"likes": [RED], "k": 0}, 422),
        ({"likes": [RED], "kk": 1}, 422),
        ({"likes": [RED], "weights": {"hair_color": 9}}, 400),
        ({"likes": [RED], "weights": {"hare_color": 1}}, 404),
        ({"likes": [RED], "filters": {"ratings": ["none such"]}}, 404),
        ({"likes": [RED], "filters": {"unseen_by": "nobody"}}, 404),
        ({"likes": ["nothing"]}, 404),
        ({"text": "qqqqq"}, 404),
        ({"pictures": [{"red_hair": 7}]}, 422),
        ({"by": "bookmarks", "text": "red hair"}, 400),
    ],
)
def test_a_wish_that_cannot_be_used_is_refused_with_the_reason(client, wish, status):
    answer = client.post(f"{API}/related", json=wish)
    assert (answer.status_code, bool(error_of(answer)["message"])) == (status, True)


def test_a_person_is_recommended_what_is_like_their_bookmarks(client):
    for work_id in (RED, "w003"):
        assert client.put(f"{API}/bookmarks", json={"work_id": work_id}).json()["changed"]
    assert not client.put(f"{API}/bookmarks", json={"work_id": RED}).json()["changed"]
    found = client.get(f"{API}/recommend?user=hana&k=5&by=both").json()["related"]
    found_ids = [work["card"]["work_id"] for work in found]
    assert not {RED, "w003"} & set(found_ids)
    assert int(found_ids[0][1:]) % 3 == 0
    assert client.get(f"{API}/works/{RED}").json()["num_bookmarks"] == 1
    assert client.put(f"{API}/bookmarks", json={"work_id": RED, "is_set": False}).json()["changed"]
    assert client.get(f"{API}/recommend?user=nobody").status_code == 404


def test_a_label_counts_at_once_and_can_be_undone(client, library):
    wish = {"work_id": RED, "attribute_id": "green_hair", "state": "present"}
    change = client.put(f"{API}/labels", json=wish).json()
    assert (change["previous"], change["by"]) == ("unknown", "hana")
    lines = client.get(f"{API}/works/{RED}").json()["groups"][0]["lines"]
    (line,) = [line for line in lines if line["attribute_id"] == "green_hair"]
    assert line["label"]["state"] == "present"
    assert line["probability"] < 0.5, "what the bundle sees stays what it is"
    assert RED in ids(client.get(f"{API}/search?q=green_hair").json())
    undone = client.put(f"{API}/labels", json={**wish, "state": change["previous"]}).json()
    assert undone["previous"] == "present"
    assert RED not in ids(client.get(f"{API}/search?q=green_hair").json())
    assert library.labels_by_people().num_rows == 0


def test_a_label_by_another_replaces_none_of_ones_own(client, library):
    wish = {"work_id": RED, "attribute_id": "red_hair"}
    client.put(f"{API}/labels", json={**wish, "state": "absent"})
    client.put(f"{API}/labels", json={**wish, "state": "present", "by": "ken"})
    said = {row["by"]: row["state"] for row in library.labels_by_people().to_pylist()}
    assert said == {"hana": "absent", "ken": "present"}
    lines = client.get(f"{API}/works/{RED}").json()["groups"][0]["lines"]
    assert next(line for line in lines if line["label"])["label"]["by"] == "ken"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": "perhaps"}, 422),
        ({"attribute_id": "nothing"}, 404),
        ({"work_id": "nothing"}, 404),
        ({"by": "a\nb"}, 400),
        ({"by": ""}, 422),
    ],
)
def test_a_label_that_cannot_be_used_is_refused(client, library, change, status):
    wish = {"work_id": RED, "attribute_id": "red_hair", "state": "present", **change}
    assert client.put(f"{API}/labels", json=wish).status_code == status
    assert library.labels_by_people().num_rows == 0


def test_the_doubtful_come_nearest_first_until_somebody_speaks(client):
    page = client.get(f"{API}/labels/queue?limit=5").json()
    away = [abs(item["probability"] - item["threshold"]) for item in page["items"]]
    assert away == sorted(away)
    first = page["items"][0]
    wish = {"work_id": first["card"]["work_id"], "attribute_id": first["attribute_id"]}
    client.put(f"{API}/labels", json={**wish, "state": "absent"})
    after = client.get(f"{API}/labels/queue?limit=5").json()["items"]
    assert after[:4] == page["items"][1:]
    following = client.get(f"{API}/labels/queue?limit=3&cursor={page['next_cursor']}").json()
    assert not [item for item in following["items"] if item in page["items"]]


def test_the_contradicted_are_labels_that_the_bundle_does_not_see(client, library):
    assert client.get(f"{API}/labels/queue?kind=contradicted").json()["items"] == []
    library.add_labels([(RED, Label("blue_hair", "present", by="somewhere else"))])
    (item,) = client.get(f"{API}/labels/queue?kind=contradicted").json()["items"]
    assert (item["card"]["work_id"], item["attribute_id"]) == (RED, "blue_hair")
    assert (item["stated"], item["origin"]) == ("present", "import")
    wish = {"work_id": RED, "attribute_id": "blue_hair", "state": "absent"}
    client.put(f"{API}/labels", json=wish)
    assert client.get(f"{API}/labels/queue?kind=contradicted").json()["items"] == []


def test_labels_are_exported_as_lines_and_as_a_table(client):
    wish = {"work_id": RED, "attribute_id": "red_hair", "state": "present", "by": "=1+1"}
    client.put(f"{API}/labels", json=wish)
    (line,) = client.get(f"{API}/labels/export").text.splitlines()
    said = json.loads(line)
    assert (said["work_id"], said["attribute"], said["state"], said["by"]) == (
        *(RED, "red_hair", "present", "=1+1"),
    )
    header, row = client.get(f"{API}/labels/export?format=csv").text.splitlines()
    assert header == "work_id,attribute,state,by,at"
    assert row.startswith(f"{RED},red_hair,present,'=1+1,")


def test_nothing_is_sent_twice_that_did_not_change(client, library):
    for address in (f"{API}/works", f"{API}/works/{RED}", f"{API}/model", f"{API}/vocabulary"):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    library.add_works([{"work_id": "new"}])
    answer = client.get(f"{API}/works", headers={"If-None-Match": first.headers["etag"]})
    assert answer.status_code == 200


def test_pictures_are_made_once_and_kept(client, library):
    first = client.get(f"{API}/pictures/{RED}?width=160")
    assert first.headers["content-type"] == "image/webp"
    (kept,) = [path for path in (library_path(library) / "thumbnails").rglob("*") if path.is_file()]
    assert kept.read_bytes() == first.content
    version = client.get(f"{API}/works/{RED}").json()["card"]["version"]
    assert "immutable" not in first.headers["cache-control"]
    again = client.get(
        f"{API}/pictures/{RED}?width=160", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304
    assert version == ""
    assert client.get(f"{API}/pictures/{RED}?width=161").status_code == 400


def library_path(library):
    from pathlib import Path

    return Path(library.address)


def test_works_for_adults_are_shown_only_where_the_operator_wants(library, color_bundle):
    library.update_works(
        [{"work_id": RED, "rating": "R-18"}, {"work_id": "w003", "rating": "explicit"}]
    )
    hidden, shown = (
        client_of(library, color_bundle),
        client_of(library, color_bundle, show_r18=True),
    )
    assert RED in ids(shown.get(f"{API}/works").json())
    page = hidden.get(f"{API}/search?q=red_hair").json()
    assert page["total"] == 8
    assert not {RED, "w003"} & set(ids(page))
    wish = {"pictures": [{"red_hair": 1.0}], "k": 50, "fold_duplicates": False}
    related = hidden.post(f"{API}/related", json=wish).json()["related"]
    assert not {RED, "w003"} & {work["card"]["work_id"] for work in related}
    for address in (f"works/{RED}", f"pictures/{RED}", f"related/{RED}", f"where/red_hair/{RED}"):
        assert hidden.get(f"{API}/{address}").status_code == 404
    wish = {"work_id": RED, "attribute_id": "red_hair", "state": "absent"}
    assert hidden.put(f"{API}/labels", json=wish).status_code == 404
    assert all(
        item["card"]["work_id"] not in (RED, "w003")
        for item in hidden.get(f"{API}/labels/queue?limit=200").json()["items"]
    )
    assert hidden.get(f"{API}/library").json()["num_hidden"] == 2


def test_a_library_that_nothing_is_tagged_in_can_be_looked_at_and_comes_alive(
    tmp_path, color_bundle
):
    from tests.conftest import fill
    from zokusei.indexing import tag_library
    from zokusei.tagger import Tagger

    library = fill(Library.create(tmp_path / "library"), 6)
    client = client_of(library, color_bundle)
    assert client.get(f"{API}/works").json()["total"] == 6
    for address in ("search?q=red_hair", f"related/{RED}", "labels/queue"):
        answer = client.get(f"{API}/{address}")
        assert (answer.status_code, error_of(answer)["kind"]) == (409, "not_tagged")
    tag_library(library, Tagger(color_bundle))
    assert client.get(f"{API}/search?q=red_hair").json()["total"] == 2


def test_facts_say_what_is_out_of_date(client, library):
    library.add_works([{"work_id": "new"}])
    facts = client.get(f"{API}/library").json()
    assert (facts["num_works"], facts["num_tagged"]) == (31, 30)
    assert facts["num_labels"] == {"import": 90}


def test_a_job_of_another_process_is_seen_while_it_runs(client, library):
    from zokusei.library.jobs import job

    with job(library, "tagging") as on_progress:
        on_progress(3, 10)
        (seen,) = client.get(f"{API}/library").json()["jobs"]
        assert seen["kind"] == "tagging"
    assert client.get(f"{API}/library").json()["jobs"] == []


def test_the_model_tells_thresholds_and_how_often_attributes_occur(client, color_bundle):
    facts = client.get(f"{API}/model").json()
    assert facts["fingerprint"] == color_bundle.fingerprint
    assert {
        each["attribute_id"]: each["num_works"] for each in facts["attributes"]
    } == dict.fromkeys(COLORS, 10)
    assert client.get(f"{API}/model/figures/..%2Fbundle.json").status_code == 404


def test_an_attribute_that_is_never_tagged_has_no_threshold(tmp_path, color_bundle):
    from dataclasses import replace

    from zokusei.serve.app import create_app
    from zokusei.serve.service import Service

    library = colors(tmp_path / "library", color_bundle)
    never: Bundle = replace(color_bundle, thresholds=np.full(3, np.inf, np.float32))
    settings = Settings(library=library.address)
    from fastapi.testclient import TestClient

    client = TestClient(
        create_app(settings, service=Service(library, never, settings)),
        base_url="http://127.0.0.1",
    )
    work = client.get(f"{API}/works/{RED}").json()
    assert {line["threshold"] for line in work["groups"][0]["lines"]} == {None}
    assert client.get(f"{API}/labels/queue").json()["items"] == []


def test_metrics_count_by_route_not_by_address(client):
    for number in range(5):
        client.get(f"{API}/works/w{number:03d}")
    text = client.get(f"{API}/metrics").text
    assert (
        'zokusei_requests_total{route="/api/v1/works/{work_id:path}",method="GET",status="200"} 5'
        in text
    )
    assert "zokusei_memory_bytes" in text


def test_settings_tell_everything_that_is_wrong_at_once():
    with pytest.raises(UsageError, match=r"max_px is 0.*'0.0.0.0'.*port is 70000"):
        Settings(
            library="x",
            host="0.0.0.0",  # noqa: S104
            port=70_000,
            uploads=UploadLimits(max_px=0),
        )
    with pytest.raises(UsageError, match="has 5 characters"):
        Settings(library="x", host="0.0.0.0", token="short")  # noqa: S104, S106


def test_a_works_page_tells_unlikely_attributes_to_who_asks_for_the_rest(client):
    lines = re.compile('class="line [^>]*data-attribute="([^"]+)"')
    told = {each["attribute_id"] for each in told_lines(client.get(f"{API}/works/{RED}").json())}
    page, whole = client.get(f"/works/{RED}").text, client.get(f"/works/{RED}?rest=1").text
    assert "red_hair" in lines.findall(page)
    assert set(lines.findall(page)) < set(lines.findall(whole)) == told
    assert 'href="?rest=1#attributes"' in page
    assert "?rest=1#attributes" not in whole


def told_lines(work):
    return [line for group in work["groups"] for line in group["lines"]]


def test_a_wishs_page_says_which_words_it_went_on_without(client):
    page = client.get("/wish", params={"like": RED, "words": "redd hair"}).text
    assert "redd hair" in page.partition('id="answers"')[2]
    assert page.count('class="answer"') == client.get(f"/wish?like={RED}").text.count(
        'class="answer"'
    )
