"""What the pages are made of: texts, terms, cards, curves, and templates that keep to the rules."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.requests import Request

from zokusei.bundle import Bundle
from zokusei.errors import UsageError
from zokusei.query import Query, QueryTerm, parse_query, suggest
from zokusei.recommend import Reason
from zokusei.serve.answers import AttributeGroup, AttributeLine, RelatedWork, WorkCard
from zokusei.serve.pages import markdown, terms
from zokusei.serve.pages.about import judged_in
from zokusei.serve.pages.asking import Asked
from zokusei.serve.pages.curve import curve_of
from zokusei.serve.pages.drawing import Drawing
from zokusei.serve.pages.reader import Reader, in_language
from zokusei.serve.pages.rendering import environment
from zokusei.serve.pages.showing import shown_answers, shown_groups
from zokusei.serve.pages.site import STATIC, Site
from zokusei.serve.pages.texts import Texts, all_texts
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package()
TEMPLATES = sorted((STATIC.parent / "templates").iterdir())
SCRIPTS = sorted(STATIC.glob("*.js"))


def request(path="/", query="", **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
    return Request({**scope, "headers": pairs, "scheme": "http", "server": ("localhost", 80)})


def site(language="en"):
    return Site(VOCABULARY, language)


def card(work_id="a", **fields):
    known = {"title": None, "artist": None, "rating": None, "width_px": 3, "height_px": 4}
    return WorkCard(work_id, **{**known, "version": "v", "is_tagged": True, **fields})


# ------------------------------------------------------------------- texts


def test_every_text_is_in_both_languages_with_the_same_values():
    for section, texts in all_texts().items():
        for name, pair in texts.items():
            assert len(pair) == 2, f"{section}.{name}"
            assert all(pair), f"{section}.{name}"
            english, japanese = (sorted(re.findall(r"\{(\w+)\}", text)) for text in pair)
            assert english == japanese, f"{section}.{name}"


def test_every_text_that_templates_name_is_there():
    named = {
        (path.name, key)
        for path in TEMPLATES
        for key in re.findall(r'\bt\("(\w+\.\w+)"[,)]', path.read_text("utf-8"))
    }
    known = {f"{section}.{name}" for section, texts in all_texts().items() for name in texts}
    assert named
    assert {(name, key) for name, key in named if key not in known} == set()


def test_a_text_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        Texts("en")("gallery.nothing")


# ------------------------------------------------------------------- rules


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_script_no_style_and_no_handler(path):
    text = path.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "|safe" not in text.replace(" ", "")
    assert not re.search(r"(src|href)=\"https?://", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_modules_import_only_what_lies_beside_them_and_are_all_reached(path):
    text = path.read_text("utf-8")
    imported = re.findall(r'from "([^"]+)"|import "([^"]+)"', text)
    for name in (a or b for a, b in imported):
        assert (STATIC / name).is_file()
    assert path.name == "main.js" or any(
        f'"./{path.name}"' in other.read_text("utf-8") for other in SCRIPTS
    )


def test_styles_load_nothing_from_elsewhere():
    for path in STATIC.glob("*.css"):
        assert not re.search(r"url\(|@import", path.read_text("utf-8")), path.name


def test_every_colour_of_hair_and_eyes_has_a_swatch():
    drawn = (STATIC / "swatches.css").read_text("utf-8")
    for group_id in ("hair_color", "eye_color", "skin"):
        for id_ in VOCABULARY.group(group_id).attribute_ids:
            assert f".of-{id_} " in drawn
    for group in VOCABULARY.groups:
        assert f".in-{group.id} " in drawn


# ------------------------------------------------------------------ reader


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "language"),
    [
        ("", "", "", "en"),
        ("", "", "ja,en;q=0.8", "ja"),
        ("", "", "fr;q=0.9, en;q=0.2, ja;q=0.3", "ja"),
        ("", "lang=en", "ja", "en"),
        ("lang=ja", "lang=en", "en", "ja"),
        ("lang=de", "lang=xx", "ja;q=high", "en"),
    ],
)
def test_the_language_is_asked_for_then_kept_then_preferred(query, cookie, accepted, language):
    came = request(query=query, cookie=cookie, accept_language=accepted)
    assert Reader.of(came, "en").language == language


def test_a_theme_that_is_none_is_left_to_the_browser():
    assert Reader.of(request(cookie="theme=dark"), "en").theme == "dark"
    assert Reader.of(request(cookie='theme="><script>'), "en").theme == ""


# --------------------------------------------------------------- addresses


@given(st.text(min_size=1, max_size=20).filter(lambda text: text not in (".", "..")))
def test_any_work_id_stays_one_part_of_an_address(work_id):
    try:
        work_id.encode()
    except UnicodeEncodeError:
        return
    address = site().work(work_id)
    assert address.count("/") == 2
    assert not set(address) & set("?#\"'<> ")


def test_an_address_of_a_query_reads_back_as_it():
    query = parse_query("黒髪ロング -眼鏡 twintails:1.5", VOCABULARY)
    for language in ("en", "ja"):
        written = site(language).format(query.terms)
        assert parse_query(written, VOCABULARY) == query


def test_the_other_language_is_this_page_in_it():
    assert in_language(request("/works/a", "q=b"), "ja") == "/works/a?q=b&lang=ja"


# ------------------------------------------------------------------- terms


def test_what_one_does_to_a_term_makes_the_query_that_it_says():
    query = parse_query("black_hair kimono:2 -glasses", VOCABULARY)
    hair, kimono, glasses = terms.terms_of(query, site().format)

    def of(text):
        return parse_query(text, VOCABULARY).terms

    assert of(kimono.heavier)[1] == QueryTerm("kimono", 3.0)
    assert of(kimono.lighter)[1] == QueryTerm("kimono", 1.5)
    assert of(hair.flipped)[0].excluded
    assert not of(glasses.flipped)[2].excluded
    assert [term.attribute_id for term in of(hair.removed)] == ["kimono", "glasses"]


def test_adding_a_term_replaces_the_one_of_the_same_attribute():
    query = Query((QueryTerm("kimono", 2.0), QueryTerm("glasses")))
    added = terms.with_added(query, "kimono", excluded=True)
    assert added == [QueryTerm("glasses"), QueryTerm("kimono", excluded=True)]


@pytest.mark.parametrize(
    ("typed", "id_"),
    [("黒髪 ツインテ", "twintails"), ("long hair, -gla", "glasses"), ("くろか", "black_hair")],
)
def test_a_completed_word_is_understood_with_what_stands_before_it(typed, id_):
    offered = {each.id: each for each in suggest(typed, VOCABULARY)}
    text = terms.completed(typed, offered[id_], offered[id_].ja)
    parsed = parse_query(text, VOCABULARY)
    assert parsed.unknown == ()
    assert parsed.terms[-1].attribute_id == id_
    assert parsed.terms[-1].excluded == ("-" in typed)


# ----------------------------------------------------------------- showing


def line(id_, probability, threshold=0.5, label=None):
    return AttributeLine(id_, probability, threshold, probability >= threshold, label)


def test_likely_and_nearly_likely_attributes_are_shown_and_the_rest_is_folded():
    lines = tuple(
        line(id_, p) for id_, p in zip(VOCABULARY.ids, (0.9, 0.45, 0.4, 0.3, 0.1), strict=False)
    )
    (group,) = shown_groups([AttributeGroup("hair_color", lines)])
    assert [each.probability for each in group.shown] == [0.9, 0.45, 0.4]
    assert [each.probability for each in group.rest] == [0.3, 0.1]


def test_the_bars_of_a_because_lie_side_by_side_and_the_longest_is_full():
    reasons = (
        Reason("attribute", "black_hair", 0.3),
        Reason("bookmarks", "b", 0.2, 7),
        Reason("attribute", "kimono", -0.1),
    )
    weaker = (Reason("attribute", "black_hair", 0.1),)
    works = (RelatedWork(card(), 0.4, reasons, ()), RelatedWork(card("c"), 0.1, weaker, ()))
    shown = shown_answers(works)
    assert shown.full == pytest.approx(0.5)
    drawn = str(Drawing(environment(), site("ja"), Texts("ja")).answers(shown, 2))
    parts = re.findall(r'<rect class="part ([^"]*)" x="([^"]*)" width="([^"]*)"', drawn)
    assert [(start, length) for _, start, length in parts] == [
        ("0.0%", "60.0%"),
        ("60.0%", "40.0%"),
        ("0.0%", "20.0%"),
    ]
    assert parts[1][0] == "in-bookmarks"
    assert re.findall('class="name">([^<]*)<', drawn) == [
        "黒髪",
        "7人が両方をブックマーク",
        "黒髪",
    ]
    assert 'title="着物"' in drawn


# ------------------------------------------------------------------ asking


def test_an_address_says_what_is_asked_of_the_recommender():
    parameters = QueryParams("like=a&like=b&dislike=c&by=both&diversity=0.4&w.hair_color=0")
    asked = Asked.of(parameters, "/wish", VOCABULARY)
    wanted = asked.request("z")
    assert (wanted.likes, wanted.dislikes) == (("z", "a", "b"), ("c",))
    assert (wanted.by, wanted.diversity, wanted.weights) == ("both", 0.4, {"hair_color": 0.0})
    dial = next(group for group in asked.groups if group.id == "hair_color")
    assert (dial.weight, dial.usual) == (0.0, 2.0)
    assert asked.href_by["bookmarks"].endswith("w.hair_color=0&by=bookmarks#related")


@pytest.mark.parametrize("query", ["by=luck", "diversity=much", "w.hair_color=red"])
def test_an_address_that_says_nonsense_is_refused_with_the_value(query):
    with pytest.raises(UsageError, match=query.split("=")[1]):
        Asked.of(QueryParams(query), "/wish", VOCABULARY)


# -------------------------------------------------------------------- card


def test_a_card_becomes_html_and_nothing_in_it_becomes_more():
    text = (
        "# Bundle <b>\n- one `a<b>`\n  goes on\n- two\n\n| x | n |\n| --- | ---: |\n"
        '| **s** | 3 |\n\n![Plot "q"](plot.svg)\n\n![No](https://elsewhere/x.svg)\n\n'
        "<script>alert(1)</script> [site](https://a.example/) [bad](javascript:x)\n"
    )
    html = str(markdown.as_html(text, {"plot.svg": "/figures/plot.svg"}))
    assert "<h3>Bundle &lt;b&gt;</h3>" in html
    assert "<li>one <code>a&lt;b&gt;</code> goes on</li><li>two</li>" in html
    assert '<th class="number">n</th>' in html
    assert '<td><strong>s</strong></td><td class="number">3</td>' in html
    assert '<img src="/figures/plot.svg"' in html
    assert "elsewhere" not in html
    assert "&lt;script&gt;" in html
    assert '<a href="https://a.example/"' in html
    assert 'href="javascript' not in html


@given(st.text())
def test_no_text_makes_a_card_fail_or_hold_a_script(text):
    assert "<script" not in str(markdown.as_html(text, {})).lower()


def test_a_card_tells_figures_of_each_attribute_by_its_first_report():
    first = "| `black_hair` | 黒髪 | 76 | 632 | 0.93 (0.88 to 0.96) | 0.107 | 8.6 | 0.84 | 0.006 |"
    confused = "| `black_hair` | `brown_hair` | 5 | 74 |"
    second = first.replace("0.93", "0.10")
    heads = [f"## How good it is: {title}\n\n" for title in ("faces", "drawings")]
    judged = judged_in(f"{heads[0]}{confused}\n{first}\n\n{heads[1]}{second}\n")
    figures = {"precision": "0.93", "f1": "0.84", "error": "0.006", "support": "76"}
    assert judged == {"black_hair": {"report": "faces", **figures}}


def test_the_packaged_card_if_there_is_one_tells_figures_of_its_attributes():
    text = Bundle.packaged().card
    judged = judged_in(text)
    assert (len(judged) > 40) == bool(text)


# ------------------------------------------------------------------- curve


def test_a_curve_goes_from_left_to_right_and_less_is_lower():
    rows = [
        {"epoch": epoch, "training_loss": 1 / epoch, "validation_loss": 2 / epoch}
        for epoch in range(1, 6)
    ]
    drawn = curve_of(rows)
    points = [tuple(map(float, pair.split(","))) for pair in drawn.training.split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted(y for _, y in points)  # down is more in a drawing
    assert [tick.text for tick in drawn.ticks_x] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "rows", [[], [{"epoch": 1, "training_loss": 1.0}], [{"step": 1}, {"step": 2}]]
)
def test_without_two_epochs_there_is_no_curve(rows):
    assert curve_of(rows) is None
