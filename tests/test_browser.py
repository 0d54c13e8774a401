"""The pages in a real browser, against a real server process."""

import re

import pytest

from tests.browsing import chromium, drawn_library, served, why_not

if reason := why_not():
    pytest.skip(reason, allow_module_level=True)

from playwright.sync_api import expect

# Generous: machines that test are crowded at times, and a page that works does not wait.
TIMEOUT_MS = 60_000
expect.set_options(timeout=TIMEOUT_MS)

NUM_WORKS = 90


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return drawn_library(tmp_path_factory.mktemp("browsing"), num=NUM_WORKS)


@pytest.fixture(scope="module")
def address(library):
    with served(library) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser, address):
    """Opens a page; whatever the browser complains of fails the test."""
    complaints, contexts = [], []

    def open_page(path="/", *, width=1280, height=860, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, **{"locale": "en-US", **options}
        )
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address + path, wait_until="domcontentloaded")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def ids_of(locator):
    return locator.evaluate_all("found => found.map((each) => each.dataset.id)")


def works_of(page):
    page.wait_for_selector("#wall.is-laid")
    return ids_of(page.locator("#wall > li"))


def some_work(page):
    return page.locator("#wall > li a").first.get_attribute("href")


def open_work(page):
    """Opens the first work of the gallery."""
    address = some_work(page)
    page.goto(address_of(page) + address, wait_until="domcontentloaded")


def address_of(page):
    return re.match(r"https?://[^/]+", page.url)[0]


def question(page):
    shown = page.locator(".judge:visible")
    return shown.get_attribute("data-work"), shown.get_attribute("data-attribute")


def wait_until(page, expression):
    """Asks again and again; the pages' own policy forbids what Playwright would do for it."""
    for _ in range(TIMEOUT_MS // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {expression}")


def wait_for_answer(page, act):
    """Does something and waits for what the page asks of the server because of it."""
    with page.expect_response(lambda response: response.request.resource_type == "fetch") as told:
        act()
    assert told.value.ok


# ---------------------------------------------------------------- gallery


def test_search_in_japanese_finds_works_with_what_is_written_and_without_what_is_excluded(visit):
    page = visit("/", locale="ja-JP")
    page.locator("#q").fill("ロングヘア -着物")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q="))
    assert 0 < len(works_of(page)) < NUM_WORKS
    expect(page.locator(".term .name")).to_have_text(["ロングヘア", "着物"])
    assert page.locator(".term.is-excluded .name").inner_text() == "着物"


def test_words_being_typed_are_completed_and_taken_by_keys(visit):
    page = visit("/")
    page.keyboard.press("/")
    page.keyboard.type("kimono, black ha", delay=15)
    page.get_by_role("option", name=re.compile("black hair")).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#q").input_value().strip() == "kimono, black hair"


def test_a_facet_narrows_to_as_many_works_as_it_says(visit):
    page = visit("/")
    facet = page.locator(".facets li a.add").first
    promised = int(facet.locator(".number").inner_text())
    facet.click()
    page.wait_for_url(re.compile(r"\?with="))
    expect(page.locator("#heading")).to_contain_text(f"{promised} works")
    expect(page.locator(".facets li.is-chosen")).to_have_count(1)


def test_a_chosen_attribute_can_be_weighed_excluded_and_removed(visit):
    page = visit("/?q=long_hair")
    all_long = page.locator("#heading").inner_text()
    page.get_by_label("long hair: more weight").click()
    expect(page.locator(".term .weight")).to_have_text("×1.5")
    page.get_by_label("Leave out long hair").first.click()
    page.wait_for_selector(".term.is-excluded")
    assert page.locator("#heading").inner_text() != all_long
    page.get_by_label("Remove long hair").click()
    expect(page.locator(".term")).to_have_count(0)
    assert f"{NUM_WORKS} works" in page.locator("#heading").inner_text()


def test_an_unknown_word_is_named_with_the_nearest_known_ones(visit):
    page = visit("/?q=twintailz")
    note = page.locator(".unknown")
    assert "twintailz" in note.inner_text()
    note.get_by_role("link", name="twintails", exact=True).click()
    expect(page.locator(".term .name")).to_have_text(["twintails"])


def test_the_wall_goes_on_as_one_scrolls_and_keeps_its_place_on_the_way_back(visit):
    page = visit("/")
    first = works_of(page)
    page.mouse.wheel(0, 20_000)
    expect(page.locator("#wall > li")).to_have_count(NUM_WORKS)
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(400)
    everything, before = works_of(page), page.evaluate("scrollY")
    assert len(first) < len(set(everything)) == NUM_WORKS
    seen = page.evaluate(
        "[...document.querySelectorAll('#wall > li')].find((tile) => {"
        " const { top, bottom } = tile.getBoundingClientRect();"
        " return top > 80 && bottom < innerHeight; }).dataset.id"
    )
    page.locator(f'#wall > li[data-id="{seen}"] a').first.click()
    page.wait_for_selector("article.work")
    page.go_back()
    page.wait_for_selector("#wall.is-laid")
    wait_until(page, f"Math.abs(scrollY - {before}) < 4")
    assert works_of(page) == everything


def test_works_are_moved_among_opened_and_liked_by_keys_alone(visit):
    page = visit("/")
    works = works_of(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = "document.activeElement.closest('#wall > li').dataset.id"
    second = page.evaluate(focused)
    assert second in works
    page.keyboard.press("k")
    assert works.index(page.evaluate(focused)) == works.index(second) - 1
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) in works
    page.keyboard.press("l")
    assert page.locator(".tray li").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_selector("article.work")


# ---------------------------------------------------------------- a work


def test_a_works_attributes_descend_in_each_group_and_say_which_side_of_the_threshold(visit):
    page = visit("/")
    open_work(page)
    groups = page.locator("#lines > .group")
    assert groups.count() > 3
    for place in range(groups.count()):
        lines = groups.nth(place).locator(".line .number").all_inner_texts()
        values = [float(text.strip("<%")) for text in lines]
        assert values == sorted(values, reverse=True)
    assert page.locator(".line.is-over").count()
    told = page.locator(".line.is-over .hidden").first.text_content()
    assert told.startswith("at or over the threshold of")


def test_the_rest_of_a_works_attributes_comes_when_asked_for_and_stays(visit):
    page = visit("/")
    open_work(page)
    num_likely = page.locator("#lines .line").count()
    page.locator("#lines [data-rest]").click()
    expect(page.locator("#lines .rest summary")).to_be_focused()
    num_all = page.locator("#lines .line").count()
    assert num_all > num_likely
    line = page.locator("#lines .rest .line").first
    id_ = line.get_attribute("data-attribute")
    line.get_by_role("button", name=re.compile("^Reject")).click()
    page.wait_for_selector(f'#lines [data-attribute="{id_}"].says-absent')
    assert page.locator("#lines .line").count() == num_all
    page.locator("#toast").get_by_role("button", name="Undo").click()
    page.wait_for_selector(f'#lines [data-attribute="{id_}"]:not(.says-absent)')


def test_dials_rank_the_related_works_again_at_once(visit):
    page = visit("/")
    open_work(page)
    before = ids_of(page.locator(".answer"))
    # One group alone may leave the order of so few works as it is.
    asked = []
    for group_id in ("hair_color", "hair_style", "expression"):
        dial = page.locator(f'input[name="w.{group_id}"]')
        wait_for_answer(page, lambda dial=dial: dial.fill("0"))
        asked.append(f"w.{group_id}=0")
        wait_until(page, f"location.search === '?{'&'.join(asked)}'")
    assert ids_of(page.locator(".answer")) != before
    wait_for_answer(page, lambda: page.locator("[data-reset]").click())
    wait_until(page, "location.search === ''")
    assert ids_of(page.locator(".answer")) == before


def test_a_page_with_moved_dials_opens_as_it_was_left(visit):
    page = visit("/")
    open_work(page)
    box = page.get_by_label("Not this character")
    wait_for_answer(page, box.check)
    wait_until(page, "location.search.includes('other_characters')")
    found = ids_of(page.locator(".answer"))
    page.reload()
    assert page.get_by_label("Not this character").is_checked()
    assert ids_of(page.locator(".answer")) == found


def test_tabs_recommend_by_bookmarks_and_by_both_and_tell_why(visit):
    page = visit("/?sort=oldest")
    open_work(page)
    wait_for_answer(page, lambda: page.keyboard.press("3"))
    wait_until(page, "location.search.includes('by=both')")
    assert page.locator('.tabs [aria-current="true"]').inner_text() == "both"
    shares = page.locator(".answer").first.locator(".because .number").all_inner_texts()
    assert all(float(share) for share in shares if share)
    assert page.locator(".answer").first.locator("svg.bar .part").count() > 1


def test_liked_and_disliked_works_are_kept_in_a_tray_and_make_a_wish(visit):
    page = visit("/")
    works = works_of(page)
    tiles = page.locator("#wall > li")
    tiles.nth(0).hover()
    tiles.nth(0).locator('[data-taste="like"]').click()
    tiles.nth(1).hover()
    tiles.nth(1).locator('[data-taste="dislike"]').click()
    page.reload()
    expect(page.locator(".tray li")).to_have_count(2)
    page.get_by_role("link", name="Find works like these").click()
    page.wait_for_selector(".answer")
    assert page.locator(".wish .example").count() == 2
    assert not {works[0], works[1]} & set(ids_of(page.locator(".answer")))
    wait_for_answer(page, lambda: page.locator("#words").fill("glasses"))
    wait_until(page, "location.search.includes('words=glasses')")


def test_where_the_model_looked_is_laid_over_the_picture_and_taken_away(visit):
    page = visit("/")
    open_work(page)
    switch = page.get_by_role("button", name="Where it looked", exact=True)
    if not switch.count():
        pytest.skip("the packaged bundle does not tell where it looked")
    page.keyboard.press("w")
    over = page.locator("#picture .over")
    expect(over).to_be_visible()
    wait_until(page, "document.querySelector('#picture .over').naturalWidth > 0")
    assert over.bounding_box() == page.locator("#picture > img").first.bounding_box()
    eyes = page.locator("[data-where]")
    eyes.nth(1).click()
    name = page.locator(".line .name").nth(1).inner_text()
    expect(over).to_have_attribute("alt", f"Where it looked for {name}")
    page.keyboard.press("w")
    expect(over).to_have_count(0)


def test_a_bookmark_is_set_and_removed_by_a_key(visit):
    page = visit("/")
    open_work(page)
    num = page.locator("[data-bookmark] [data-num]")
    before = int(num.inner_text())
    wait_for_answer(page, lambda: page.keyboard.press("b"))
    expect(num).to_have_text(str(before + 1))
    page.reload()
    assert page.locator("[data-bookmark]").get_attribute("aria-pressed") == "true"
    wait_for_answer(page, lambda: page.keyboard.press("b"))
    expect(num).to_have_text(str(before))


def test_each_figure_is_outlined_and_told_and_followed_by_the_keys(visit):
    page = visit("/")
    for work_id in works_of(page)[:8]:  # in some drawings no head is found
        page.goto(f"{address_of(page)}/works/{work_id.replace('/', '%2F')}")
        button = page.locator("[data-figures]")
        wait_for_answer(page, button.click)
        expect(button).to_be_enabled()
        told = page.locator(".figures li")
        if told.count():
            break
    assert told.count() == page.locator("#picture .heads g").count()
    assert told.first.locator(".chip").count()
    told.first.focus()
    expect(page.locator("#picture .heads g").first).to_have_class("is-meant")
    page.locator("#picture .heads rect").first.click()
    expect(told.first).to_be_focused()
    button.click()
    expect(page.locator(".figures")).to_have_count(0)
    expect(page.locator("#picture .heads")).to_have_count(0)


# ---------------------------------------------------------------- upload


def test_an_uploaded_picture_is_tagged_with_related_works_and_forgotten(visit, library):
    page = visit("/upload")
    drawings = sorted((library.parent / "drawings" / "images").iterdir())[:2]
    page.set_input_files("#pictures", drawings)
    expect(page.locator(".uploaded .has-chips")).to_have_count(2)
    assert page.locator(".uploaded .answer").count() > 4
    assert "not stored" in page.locator(".uploaded").first.inner_text()
    page.goto(page.url.replace("/upload", "/"))
    assert f"{NUM_WORKS} works" in page.locator("#heading").inner_text()


def test_a_picture_can_be_dropped(visit, library):
    page = visit("/upload")
    drawing = sorted((library.parent / "drawings" / "images").iterdir())[3]
    page.evaluate(
        """(bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
          dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        list(drawing.read_bytes()),
    )
    page.wait_for_selector(".uploaded .has-chips")
    assert page.locator(".uploaded h2").first.inner_text() == "dropped.png"


def test_what_is_no_picture_is_refused_in_words(browser, address):
    context = browser.new_context()  # the browser may well complain of the answer's status
    page = context.new_page()
    page.goto(address + "/upload")
    page.set_input_files(
        "#pictures", {"name": "a.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}
    )
    page.wait_for_selector(".uploaded .note.warn")
    assert "no picture" in page.locator(".uploaded .note").inner_text()
    context.close()


# ---------------------------------------------------------------- correct


def test_an_attribute_is_rejected_on_a_works_page_and_that_is_undone(visit):
    page = visit("/")
    open_work(page)
    line = page.locator("#lines .line.is-over").first
    id_ = line.get_attribute("data-attribute")
    same = page.locator(f'#lines [data-attribute="{id_}"]').first
    line.get_by_role("button", name=re.compile("^Reject")).click()
    page.wait_for_selector(f'#lines [data-attribute="{id_}"].says-absent')
    page.locator("#toast").get_by_role("button", name="Undo").click()
    page.wait_for_selector(f'#lines [data-attribute="{id_}"]:not(.says-absent)')
    expect(same.locator('[name="state"][aria-pressed="true"]')).to_have_count(0)


def test_the_queue_is_worked_through_by_keys_and_undone(visit):
    page = visit("/correct")
    first = question(page)
    wait_for_answer(page, lambda: page.keyboard.press("y"))
    second = question(page)
    page.keyboard.press("u")
    third = question(page)
    assert len({first, second, third}) == 3
    page.keyboard.press("z")
    assert question(page) == second
    wait_for_answer(page, lambda: page.keyboard.press("z"))
    assert question(page) == first


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640)])
def test_on_a_narrow_screen_every_answer_is_in_sight(visit, width, height):
    page = visit("/correct", width=width, height=height)
    places = page.locator(".places").bounding_box()
    for verdict in ("present", "absent", "unsure"):
        box = page.locator(f'.judge:not([hidden]) [value="{verdict}"]').bounding_box()
        assert box["y"] + box["height"] <= places["y"]
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
    page.locator('.judge:not([hidden]) [value="unsure"]').click()
    assert "1 answered" in page.locator("[data-count]").inner_text()


def test_the_queue_is_narrowed_to_a_group(visit):
    page = visit("/correct")
    page.get_by_label("Group of attributes").select_option("eye_color")
    page.wait_for_url(re.compile("group=eye_color"))
    groups = page.locator(".judge .ask > p:nth-of-type(2)").all_text_contents()
    assert groups
    assert all(text.endswith("eye color") for text in groups)


def test_a_search_that_finds_nothing_leads_on(visit):
    page = visit("/?q=black hair, blonde hair, red hair, blue hair, pink hair")
    assert page.locator("#wall").count() == 0
    page.locator(".wider a").first.click()
    page.wait_for_selector("#wall.is-laid")
    assert works_of(page)


def test_an_answer_is_kept_exported_and_asked_no_more(visit, address):
    page = visit("/correct?kind=doubtful")
    work_id, attribute_id = question(page)
    wait_for_answer(page, lambda: page.keyboard.press("n"))
    exported = page.request.get(f"{address}/api/v1/labels/export").text()
    assert f'"{attribute_id}"' in exported
    assert f'"{work_id}"' in exported
    page.reload()
    assert question(page) != (work_id, attribute_id)


# ---------------------------------------------------------------- model and library


def test_the_table_of_attributes_is_sorted_by_a_column(visit):
    page = visit("/model")
    head = page.locator("#table ~ .scroll th", has_text="threshold")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    cells = page.locator("#table ~ .scroll tbody tr td:nth-child(4)").all_inner_texts()
    known = [float(text) for text in cells if text != "–"]
    assert known == sorted(known, reverse=True)
    assert cells[: len(known)] == [text for text in cells if text != "–"]
    assert page.locator(".badge").first.inner_text() in (
        "training converged",
        "training not converged",
    )


def test_the_library_is_counted(visit):
    page = visit("/library")
    assert str(NUM_WORKS) in page.locator(".tally").first.inner_text()
    assert "No job is running." in page.locator("#facts").inner_text()


# ---------------------------------------------------------------- looks


def test_the_language_is_switched_and_kept(visit):
    page = visit("/")
    page.get_by_role("link", name="日本語で表示する").click()
    expect(page.locator("#heading")).to_contain_text("すべての作品")
    assert page.locator("html").get_attribute("lang") == "ja"
    page.get_by_role("link", name="モデル").click()
    expect(page.locator("h1")).to_contain_text("モデル")
    assert page.locator("html").get_attribute("lang") == "ja"


def test_a_browser_that_prefers_japanese_gets_it(visit):
    assert visit("/library", locale="ja-JP").locator("h1").inner_text() == "ライブラリ"


def background(page):
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", color)[:3])


def test_dark_follows_the_system_and_a_key_that_is_remembered(visit):
    page = visit("/", color_scheme="dark")
    assert background(page) < 150
    page.keyboard.press("t")
    assert background(page) > 600
    page.reload()
    assert background(page) > 600
    assert background(visit("/", color_scheme="light")) > 600


@pytest.mark.parametrize("path", ["/", "/upload", "/correct", "/model", "/library", "/wish"])
def test_nothing_is_wider_than_a_narrow_screen(visit, path):
    page = visit(path, width=360, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_works_page_fits_a_narrow_screen(visit):
    page = visit("/", width=360, height=740)
    open_work(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_pages_are_read_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#wall > li").first.is_visible()
    page.locator("#more").click()
    page.wait_for_url(re.compile("cursor="))
    page.locator("#wall > li a").first.click()
    expect(page.locator(".line").first).to_be_visible()
    expect(page.locator(".answer").first).to_be_visible()
    page.locator(".tabs a", has_text="both").click()
    expect(page.locator('.tabs [aria-current="true"]')).to_have_text("both")
    assert "by=both" in page.url
    context.close()


def test_help_opens_by_a_key_and_closes_by_another(visit):
    page = visit("/")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_no_request_leaves_the_machine(browser, address):
    asked = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/upload", "/correct", "/model", "/library"):
        page.goto(address + path)
    page.wait_for_load_state("networkidle")
    assert asked
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()
    context.close()


# ---------------------------------------------------------------- accessibility


@pytest.fixture(scope="module")
def axe():
    module = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    return module.Axe()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    ["/", "/?q=long_hair", "WORK", "/wish", "/upload", "/correct", "/model", "/library", "/x"],
)
def test_axe_finds_nothing_serious(browser, address, axe, path, scheme):
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address + ("/" if path == "WORK" else path))
    if path == "WORK":
        page.goto(address + some_work(page))
    found = axe.run(page).response["violations"]
    serious = [
        (each["id"], node["html"][:160], node["failureSummary"][:300])
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
    assert serious == []
    context.close()
