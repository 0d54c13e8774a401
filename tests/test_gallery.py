"""The gallery page: works, their attributes, and related works whose because adds up."""

import io
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from zokusei.errors import ImageError, UnknownNameError
from zokusei.gallery import (
    GalleryAttribute,
    GalleryEntry,
    GalleryRelated,
    GalleryShare,
    GalleryWork,
    write_gallery,
)
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package()


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def picture(color="teal"):
    encoded = io.BytesIO()
    Image.new("RGB", (30, 40), color).save(encoded, "PNG")
    return encoded.getvalue()


def work(work_id, title="", image=None, attributes=()):
    return GalleryWork(work_id, image or picture(), title, attributes)


RELATED = GalleryRelated(
    work("b", "Second"),
    1.0,
    [GalleryShare("twintails", 0.3), GalleryShare("black_hair", 0.6)],
)
FIRST = work(
    "a",
    "First",
    attributes=[
        GalleryAttribute("smile", 0.2, False),
        GalleryAttribute("twintails", 0.7, True),
        GalleryAttribute("black_hair", 0.9, True),
    ],
)
ENTRIES = [GalleryEntry(FIRST, [RELATED]), GalleryEntry(RELATED.work, [])]


def gallery(tmp_path, entries=ENTRIES, title="Gallery", facts=None):
    path = tmp_path / "pages" / "gallery.html"
    write_gallery(path, entries, vocabulary=VOCABULARY, title=title, facts=facts or {})
    return path.read_text("utf-8")


def test_the_page_asks_nothing_of_any_network(tmp_path):
    text = gallery(tmp_path, facts={"library": "3 works"})
    assert not re.search(r"https?://|url\(|@import", text)
    images = Page(text).all("img")
    assert len(images) == 3
    assert all(attrs["src"].startswith("data:image/webp;base64,") for attrs in images)


def test_attributes_over_and_under_their_threshold_are_told_apart(tmp_path):
    shown = {a["data-attribute"]: a["class"] for a in Page(gallery(tmp_path)).all("dd") if a}
    assert shown == {"black_hair": "over", "twintails": "over", "smile": "under"}


def test_the_coloured_parts_of_a_score_sum_to_it(tmp_path):
    styles = [attrs["style"] for attrs in Page(gallery(tmp_path)).all("i") if "style" in attrs]
    shares = [float(s.partition("--share:")[2]) for s in styles if "--share" in s]
    assert shares == pytest.approx([0.6, 0.3, 0.1])  # the largest first, the rest last
    assert sum(shares) == pytest.approx(1)


def test_the_because_stands_as_chips_in_both_languages(tmp_path):
    page = Page(gallery(tmp_path))
    chips = [attrs["data-reason"] for attrs in page.all("li") if "data-reason" in attrs]
    assert chips == ["black_hair", "twintails"]
    for text in ("black hair", "黒髪", "twintails", "ツインテール", "関連作品", "Related works"):
        assert text in page.text


def test_a_related_work_that_is_on_the_page_is_linked(tmp_path):
    page = Page(gallery(tmp_path))
    anchors = [attrs["id"] for attrs in page.all("article")]
    assert anchors == ["work-0", "work-1"]
    assert "#work-1" in [attrs["href"] for attrs in page.all("a")]


def test_a_switch_chooses_the_language(tmp_path):
    radios = [attrs for attrs in Page(gallery(tmp_path)).all("input") if attrs["type"] == "radio"]
    assert {attrs["id"] for attrs in radios} == {"language-en", "language-ja"}
    assert ["checked" in attrs for attrs in radios].count(True) == 1


def test_titles_ids_and_facts_are_escaped(tmp_path):
    evil = '"><img src=x onerror=alert(1)>'
    shown = GalleryEntry(work(evil, evil), [GalleryRelated(work(evil + "2"), 0.0, [])])
    text = gallery(tmp_path, [shown], title=evil, facts={evil: evil})
    assert evil not in text
    assert all(attrs["src"].startswith("data:") for attrs in Page(text).all("img"))


def test_a_picture_may_be_given_by_its_path(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(picture("crimson"))
    by_path = gallery(tmp_path, [GalleryEntry(work("a", image=path), [])])
    assert by_path == gallery(tmp_path, [GalleryEntry(work("a", image=picture("crimson")), [])])


def test_a_missing_picture_is_an_error(tmp_path):
    with pytest.raises(ImageError, match="absent"):
        gallery(tmp_path, [GalleryEntry(work("a", image=tmp_path / "absent.png"), [])])


def test_an_attribute_that_is_not_in_the_vocabulary_is_refused(tmp_path):
    odd = work("a", attributes=[GalleryAttribute("twintail", 0.5, True)])
    with pytest.raises(UnknownNameError, match="twintails"):
        gallery(tmp_path, [GalleryEntry(odd, [])])


def test_what_takes_away_is_told_and_has_no_part_of_the_bar(tmp_path):
    terms = [GalleryShare("twintails", 0.9), GalleryShare("black_hair", -0.3)]
    page = Page(gallery(tmp_path, [GalleryEntry(FIRST, [GalleryRelated(work("b"), 0.5, terms)])]))
    against = [attrs["data-reason"] for attrs in page.all("li") if attrs.get("class") == "against"]
    assert against == ["black_hair"]
    assert "-0.30" in page.text
    assert "the rest -0.10" in " ".join(page.text.split()).replace("その他 ", "")
    parts = [attrs["style"] for attrs in page.all("i") if "--share" in attrs.get("style", "")]
    assert len(parts) == 1
    assert parts[0].endswith("--share:1.0000")


def test_people_are_a_reason_of_their_own(tmp_path):
    terms = [GalleryShare("a", 0.4, num_people=12), GalleryShare("black_hair", 0.1)]
    page = Page(gallery(tmp_path, [GalleryEntry(FIRST, [GalleryRelated(work("b"), 0.5, terms)])]))
    assert "bookmarked together by 12" in page.text
    assert "12人が一緒にブックマーク" in page.text


def test_what_was_asked_about_need_not_be_a_work(tmp_path):
    page = Page(gallery(tmp_path, [GalleryEntry(None, [RELATED], "for somebody")]))
    assert "for somebody" in page.text
    assert len(page.all("img")) == 1


def test_a_page_without_works_is_a_page(tmp_path):
    assert "Gallery" in Page(gallery(tmp_path, [])).text
