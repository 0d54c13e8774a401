"""Nothing that a server keeps outlives what it was made of, and what is kept says the same."""

import json
import os
import re
import threading

import pytest
from fastapi.testclient import TestClient

from tests.conftest import patch, png
from tests.serving import RED, client_of, colors, error_of
from zokusei.bundle import Bundle
from zokusei.library import Label, Library
from zokusei.query import Query, QueryTerm
from zokusei.recommend import Request
from zokusei.serve.answers import AttributeLine, Head, HeadAttribute, RelatedAnswer, WorkCard
from zokusei.serve.api import models
from zokusei.serve.api.answering import as_json
from zokusei.serve.app import create_app
from zokusei.serve.listing import MOST_LETTERS, Wish
from zokusei.serve.memo import Memo
from zokusei.serve.pages.drawing import Frame, as_html
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.service import Service
from zokusei.serve.settings import Settings
from zokusei.serve.thumbnails import Thumbnails, prune

API = "/api/v1"
HTML = {"Accept": "text/html"}


@pytest.fixture
def library(tmp_path, color_bundle):
    return colors(tmp_path / "library", color_bundle, 12)


@pytest.fixture
def client(library, color_bundle):
    with client_of(library, color_bundle, person="hana") as client:
        yield client


@pytest.fixture
def service(client):
    return client.app.state.service


def page(client, address, **parameters):
    answer = client.get(address, params=parameters, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def facet(html, attribute_id):
    """How many works a page says have an attribute."""
    found = re.search(rf'href="[^"]*(?:with=|q=){attribute_id}"[^>]*>.*?number">([\d,]+)', html)
    return int(found[1]) if found else 0


# ------------------------------------------------------- pages that are kept


def test_the_first_page_counts_a_label_and_lists_a_new_work_at_once(client, library):
    before = page(client, "/")
    assert page(client, "/") == before
    assert facet(before, "red_hair") == 4
    client.put(
        f"{API}/labels", json={"work_id": "w001", "attribute_id": "red_hair", "state": "present"}
    )
    assert facet(page(client, "/"), "red_hair") == 5
    library.add_works([{"work_id": "fresh", "title": "A <b>new</b> one"}])
    after = page(client, "/")
    assert 'data-id="fresh"' in after
    assert "A &lt;b&gt;new&lt;/b&gt; one" in after


def test_a_deleted_work_is_gone_from_pages_and_searches_at_once(client, library):
    assert f'data-id="{RED}"' in page(client, "/", q="red hair")
    assert client.get(f"{API}/search?q=red_hair").json()["total"] == 4
    library.delete_works([RED])
    assert f'data-id="{RED}"' not in page(client, "/", q="red hair")
    assert client.get(f"{API}/search?q=red_hair").json()["total"] == 3
    assert client.get(f"/works/{RED}", headers=HTML).status_code == 404


def test_ones_own_bookmark_is_seen_at_once_whoever_set_it(client, library):
    def is_pressed():
        return bool(re.search(r'data-bookmark aria-pressed="true"', page(client, f"/works/{RED}")))

    assert not is_pressed()
    library.add_bookmarks([{"user_id": "hana", "work_id": RED}])
    assert is_pressed()
    library.remove_bookmark("hana", RED)
    assert not is_pressed()


def test_related_works_by_bookmarks_are_those_of_now(client, library):
    address = f"/works/{RED}"
    assert 'class="answer"' not in page(client, address, by="bookmarks")
    for person in ("a", "b", "c"):
        library.add_bookmarks([{"user_id": person, "work_id": id_} for id_ in (RED, "w005")])
    assert 'data-id="w005"' in page(client, address, by="bookmarks")


def test_a_label_changes_what_a_search_for_it_finds(client):
    def found(text):
        answer = client.get(f"{API}/search", params={"q": text}).json()
        return {work["work_id"] for work in answer["works"]}

    assert RED in found("red_hair")
    assert RED not in found("-red_hair")
    wish = {"work_id": RED, "attribute_id": "red_hair", "state": "absent"}
    client.put(f"{API}/labels", json=wish)
    assert RED not in found("red_hair")
    assert RED in found("-red_hair")


def test_the_last_used_results_are_kept_and_no_more():
    made = []
    memo = Memo(2)

    def get(key):
        return memo.get(key, lambda: made.append(key) or key)

    assert [get(key) for key in "abacab"] == list("abacab")
    assert made == ["a", "b", "c", "b"]
    assert len(memo) == 2


# ----------------------------------------------- what is kept says the same


def test_frames_escape_nothing_twice_and_leave_no_gap():
    frame = Frame(f'<a title="100%">{Frame.gap("name")}</a>')
    assert frame.filled(name=as_html("<5% & more")) == '<a title="100%">&lt;5% &amp; more</a>'
    share = Frame(f"<b>{Frame.gap('share', '.1f')}%</b><i>{Frame.gap('share', '.3f')}</i>")
    assert share.filled(share=2 / 3) == "<b>0.7%</b><i>0.667</i>"


def test_a_line_filled_into_a_frame_is_the_line_drawn_by_itself():
    bundle = Bundle.packaged()
    draw = Renderer(bundle.vocabulary, "ja")._in["ja"].drawing
    for probability in (0.0, 0.003, 0.4, 0.97):
        line = AttributeLine("twintails", probability, 0.5, probability >= 0.5)
        filled = str(draw.lines([line], can_say=True, can_look=True))
        share = f"{100 * probability:.1f}%"
        percent = "<1%" if probability == 0.003 else f"{100 * probability:.0f}%"
        assert filled == str(draw._macros.line(line, share, percent, True, True, ""))
        assert not re.search("[\ue000\ue001]", filled)


def test_a_title_that_looks_like_a_gap_or_like_html_is_only_text():
    draw = Renderer(Bundle.packaged().vocabulary, "en")._in["en"].drawing
    title = "%(score)s \ue000title\ue001 <script>\"'"
    card = WorkCard("a/é%s", title, "<i>", None, 3, 4, "v", is_tagged=True)
    html = str(draw.tile(card))
    assert "<script" not in html
    assert "<i>" not in html
    assert html.count("%(score)s \ue000title\ue001 &lt;script&gt;&quot;&#x27;") == 5
    assert 'href="/works/a%2F%C3%A9%25s"' in html


@pytest.mark.parametrize("probability", [0.25, float("inf")])
def test_answers_are_said_as_their_models_describe_them(service, probability):
    works = service.works("red_hair zzz", [QueryTerm("blue_hair", 2.0, True)])
    likes = service.related(_like(RED))
    details = service.work(RED)
    for answer, model in (
        (works, models.WorksPage),
        (details, models.Work),
        (RelatedAnswer(likes), models.RelatedAnswer),
        (service.model_facts(), models.Model),
    ):
        told = json.loads(as_json(answer))
        described = json.loads(model.model_validate(answer).model_dump_json())
        assert told == described
    line = AttributeLine("red_hair", 0.5, probability, False)
    assert json.loads(as_json(line))["threshold"] == (0.25 if probability == 0.25 else None)


def _like(work_id):
    return Request(likes=(work_id,), k=5)


# ------------------------------------------------------------------ queries


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"{API}/search", "q"),
        (f"{API}/works", "q"),
        (f"{API}/suggest", "q"),
        ("/", "q"),
        ("/suggest", "q"),
        ("/wish", "words"),
    ],
)
def test_a_query_of_any_length_is_read_no_further_than_the_limit(client, address, name):
    fits, too_long = "红" * MOST_LETTERS, "红" * (MOST_LETTERS + 1)
    assert client.get(address, params={name: fits}).status_code == 200
    answer = client.get(address, params={name: too_long})
    assert answer.status_code == 422
    assert str(MOST_LETTERS) in error_of(answer)["message"]


def test_a_wish_of_any_length_likewise(client):
    answer = client.post(f"{API}/related", json={"text": "a" * (MOST_LETTERS + 1)})
    assert answer.status_code == 422
    assert str(MOST_LETTERS) in error_of(answer)["message"]


def test_an_attribute_added_by_its_address_joins_the_written_ones(client):
    html = page(client, "/", q="red hair", **{"with": "-blue_hair"})
    assert re.findall(r'data-term="(\w+)"', html) == ["red_hair", "blue_hair"]
    assert 'value="red hair, -blue hair"' in html


def test_what_finds_nothing_is_told_with_what_would(client, service):
    query = Query((QueryTerm("red_hair"), QueryTerm("blue_hair")))
    assert service.works("red_hair blue_hair").total == 0
    wider = service.widened(query, Wish())
    assert {(each.dropped, each.total) for each in wider} == {
        (("blue_hair",), 4),
        (("red_hair",), 4),
    }
    html = page(client, "/", q="red hair, blue hair")
    assert "without blue hair" in html
    assert re.search(r'href="/\?q=red%20hair"[^>]*>\s*without blue hair', html)


def test_where_no_word_can_be_dropped_each_is_offered_alone(service):
    terms = (QueryTerm("red_hair"), QueryTerm("blue_hair"), QueryTerm("green_hair"))
    wider = service.widened(Query(terms), Wish())
    assert {each.query.terms for each in wider} == {(term,) for term in terms}
    assert {each.total for each in wider} == {4}


# -------------------------------------------------------------- the queue


def test_the_queue_is_asked_about_one_group(tmp_path):
    bundle = Bundle.packaged()
    library = colors(tmp_path / "library", bundle, 6)
    client = client_of(library, bundle)
    everything = client.get(f"{API}/labels/queue?limit=200").json()["items"]
    assert len({bundle.vocabulary[each["attribute_id"]].group for each in everything}) > 1
    asked = client.get(f"{API}/labels/queue?group=eye_color&limit=200").json()["items"]
    assert asked
    assert {bundle.vocabulary[each["attribute_id"]].group for each in asked} == {"eye_color"}
    library.add_labels(
        [
            (each["work_id"], Label("red_hair", "present", origin="import"))
            for each in library.works(["work_id"]).to_pylist()
        ]
    )
    ask = {"kind": "contradicted", "group": "eye_color"}
    assert client.get(f"{API}/labels/queue", params=ask).json()["items"] == []
    answer = client.get(f"{API}/labels/queue?group=eye_colour")
    assert answer.status_code == 404
    assert "eye_color" in error_of(answer)["nearest"]
    html = page(client, "/correct", group="eye_color")
    assert 'value="eye_color" selected' in html
    assert "group=eye_color" in html


# ----------------------------------------------------- thumbnails and warmth


def thumbnail_files(folder, ages, size=1000):
    for number, age_s in enumerate(ages):
        path = folder / f"{number % 3:02d}" / f"{number}-160.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
        os.utime(path, (2e9 - age_s, 2e9 - age_s))


def left(folder):
    return {int(path.name.partition("-")[0]) for path in folder.glob("*/*.webp")}


def test_thumbnails_used_longest_ago_make_room_for_others(tmp_path):
    thumbnail_files(tmp_path, ages=[50, 10, 40, 20, 30, 60, 70, 80, 90, 100])
    prune(tmp_path, 10_000)
    assert len(left(tmp_path)) == 10
    prune(tmp_path, 5_000)
    assert left(tmp_path) == {1, 3, 4, 2}


def test_thumbnails_on_disk_stay_within_what_they_may_take(library, tmp_path):
    folder = tmp_path / "kept"
    thumbnails = Thumbnails(library, folder, most_bytes=2_500)
    for work_id in library.work_ids():
        assert thumbnails.get(work_id, "v", 160).startswith(b"RIFF")
        assert sum(path.stat().st_size for path in folder.glob("*/*")) <= 2_500


def served_by(service):
    app = create_app(service.settings, service=service)
    return TestClient(app, base_url="http://127.0.0.1")


class Watched(Service):
    """Tells when it is warm."""

    def warm_up(self):
        super().warm_up()
        self.is_warm.set()


def test_a_server_warms_up_as_it_starts_tagged_or_not(tmp_path, color_bundle):
    library = Library.create(tmp_path / "empty")
    service = Watched(library, color_bundle, Settings(library=library.address))
    service.is_warm = threading.Event()
    with served_by(service):
        assert service.is_warm.wait(30)


class WithTwoHeads(Service):
    """Finds two heads in every picture."""

    def heads(self, work_id):
        self.check_work(work_id)
        return (
            Head((0.1, 0.2, 0.3, 0.5), 0.9, (HeadAttribute("red_hair", 0.93),)),
            Head((0.6, 0.2, 0.8, 0.5), 0.8, ()),
        )


def test_each_figure_tells_its_own_attributes(library, color_bundle):
    service = WithTwoHeads(library, color_bundle, Settings(library=library.address))
    html = page(served_by(service), "/figures", work=RED)
    assert html.count("<rect") == 2
    assert 'x="10.0%" y="20.0%" width="20.0%" height="30.0%"' in html
    first, second = re.findall(r"<li.*?</li>", html, re.DOTALL)
    assert "Figure 1" in first
    assert "red hair" in first
    assert "93%" in first
    assert "nothing reaches its threshold" in second


def test_an_upload_tells_what_each_figure_has(client):
    picture = png(patch("red_hair", seed=1, size_px=24))
    told = client.post(f"{API}/tag", content=picture).json()
    assert all({"box", "score", "attributes"} == set(head) for head in told["heads"])
