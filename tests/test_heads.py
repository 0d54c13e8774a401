"""Scenes with known heads, the finder of heads, and the figures that a tagger reads."""

import json
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from zokusei.draw import draw_library
from zokusei.errors import BundleError, TrainingError, UsageError
from zokusei.evaluation.heads import Found, choose_threshold, judge_heads, match
from zokusei.figures import AROUND_GROUPS, FACE_GROUPS, combined, readings, rows_of
from zokusei.heads import Head, HeadFinder, heads_of_maps, on_canvas, on_picture, overlap
from zokusei.images import decode
from zokusei.library import Library, import_source
from zokusei.preprocessing import Preprocessing
from zokusei.scenes import read_scenes, write_scenes
from zokusei.scenes.compose import compose, square_box
from zokusei.scenes.cut import cut_heads
from zokusei.vocabulary import Vocabulary

sides = st.integers(1, 3000)
edges = st.floats(-50, 4000)


@given(sides, sides, st.tuples(edges, edges, edges, edges))
def test_a_box_returns_from_the_canvas_to_the_picture(width, height, box):
    size = {"width_px": width, "height_px": height, "size_px": 256}
    assert on_picture(on_canvas(box, **size), **size) == pytest.approx(box, rel=1e-6, abs=1e-3)


def test_overlap_is_the_shared_area_of_the_covered_one():
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (2, 0, 4, 2)) == 0
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1


def test_heads_are_read_from_maps_and_the_weaker_of_two_alike_is_dropped():
    maps = np.full((4, 32, 32), -9, np.float32)
    maps[1:, :, :] = 0
    maps[0, 10, 12], maps[1, 10, 12], maps[2:, 10, 12] = 3.0, math.log(5), (0.5, 0.25)
    maps[0, 10, 15], maps[1, 10, 15] = 1.0, math.log(5)  # two cells and a half away: another peak
    maps[2:, 10, 15] = (-2.0, 0.25)  # but the same place
    maps[0, 28, 3], maps[1, 28, 3] = 0.0, math.log(2)
    first, second = heads_of_maps(maps, stride=8, threshold=0.3)
    assert first.box == pytest.approx((100 - 20, 82 - 20, 100 + 20, 82 + 20))
    assert first.score == pytest.approx(1 / (1 + math.exp(-3)))
    assert second.box == pytest.approx((24 - 8, 224 - 8, 24 + 8, 224 + 8))
    assert heads_of_maps(maps, stride=8, threshold=0.99) == []


def test_each_known_head_is_matched_once_by_the_surest():
    known = [(0, 0, 10, 10), (50, 50, 60, 60)]
    found = [Head((1, 0, 11, 10), 0.5), Head((0, 0, 10, 10), 0.9), Head((80, 0, 90, 10), 0.7)]
    matched = match(found, known)
    assert matched.scores.tolist() == [0.9, 0.7, 0.5]
    assert matched.known.tolist() == [0, -1, -1]
    result = judge_heads([matched], threshold=0.6, num_resamples=10)
    assert result.recall.value == 0.5
    assert result.precision.value == 0.5
    assert result.average_precision == pytest.approx(0.5)


def test_the_threshold_is_the_lowest_whose_precision_is_shown():
    scores = np.linspace(0.99, 0.2, 400)
    is_hit = (np.arange(400) < 100) | (np.arange(400) % 8 > 0)
    pictures = [Found(scores, np.where(is_hit, np.arange(400), -1), 400)]
    threshold = choose_threshold(pictures, precision=0.95)
    tagged = int((scores >= threshold).sum())
    hits = np.cumsum(is_hit)

    def at_most(hits, tagged):  # P(at least so many hits) where the precision is 0.95
        return binom.sf(hits - 1, tagged, 0.95)

    assert at_most(hits[tagged - 1], tagged) <= 0.05
    assert all(at_most(hits[n - 1], n) > 0.05 for n in range(tagged + 1, 401))
    assert hits[tagged - 1] / tagged > 0.96  # 0.95 itself would not be shown by so few
    assert choose_threshold(pictures, precision=0.8) < threshold
    nothing_right = [Found(scores, np.full(400, -1), 3)]
    assert choose_threshold(nothing_right) == 0.5


@pytest.mark.parametrize("kind", ["drawn", "pasted", "replaced", "face", "empty"])
def test_compositions_hold_the_faces_at_their_boxes(kind):
    face = np.zeros((96, 96, 3), np.uint8)
    face[..., 0] = 255
    for seed in range(4):
        made = compose(Random(seed), num_faces=3, face=lambda _: face, size_px=320, kind=kind)
        height, width = made.pixels.shape[:2]
        assert max(height, width) == 320
        assert len(made.boxes) == len(made.faces)
        assert (kind == "empty") == (not made.boxes)
        for (left, top, right, bottom), number in zip(made.boxes, made.faces, strict=True):
            assert right - left == pytest.approx(bottom - top)
            assert (number is None) == (kind == "drawn")
            x, y = round((left + right) / 2), round((top + bottom) / 2)
            if number is not None and 0 <= x < width and 0 <= y < height:
                assert made.pixels[y, x].tolist() == [255, 0, 0]


def test_without_faces_every_head_is_drawn():
    made = compose(Random(0), num_faces=0, face=lambda _: 1 / 0, size_px=128, kind="pasted")
    assert set(made.faces) <= {None}


def test_a_square_box_holds_the_head():
    left, top, right, bottom = square_box((10, 0, 90, 100))
    assert (left, right) == (50 - 62.5, 50 + 62.5)
    assert (top, bottom) == (50 - 62.5, 50 + 62.5)


@pytest.fixture(scope="module")
def empty_library(tmp_path_factory):
    return Library.create(tmp_path_factory.mktemp("lib") / "lib")


def test_scenes_are_written_and_read(tmp_path, empty_library):
    options = {"num": 3, "seed": 5, "split": "train", "size_px": 96, "workers": 1}
    made = write_scenes(empty_library, tmp_path / "scenes", **options)
    assert read_scenes(tmp_path / "scenes") == made
    assert [path.name for path in tmp_path.iterdir()] == ["scenes"]
    for scene in made:
        assert decode(scene.path).shape[:2] == (scene.height_px, scene.width_px)
    again = write_scenes(empty_library, tmp_path / "again", **options)
    assert [scene.path.read_bytes() for scene in again] == [s.path.read_bytes() for s in made]
    with pytest.raises(UsageError, match="not empty"):
        write_scenes(empty_library, tmp_path / "scenes", **options)


def test_bad_scenes_are_named(tmp_path):
    with pytest.raises(UsageError, match="zokusei heads scenes"):
        read_scenes(tmp_path)
    line = {"file": "a.jpg", "width_px": 9, "height_px": 9, "heads": [{"box": [1, 2, 3]}]}
    (tmp_path / "scenes.jsonl").write_text(json.dumps(line))
    with pytest.raises(UsageError, match="line 1"):
        read_scenes(tmp_path)


def test_a_missing_finder_is_named(tmp_path):
    with pytest.raises(BundleError, match=r"finder\.json is missing"):
        HeadFinder.load(tmp_path)
    (tmp_path / "finder.json").write_text("{}")
    with pytest.raises(BundleError, match="size_px"):
        HeadFinder.load(tmp_path)


def test_a_picture_that_is_a_head_is_not_read_twice():
    pixels = np.zeros((200, 200, 3), np.uint8)
    preprocessing = Preprocessing(size_px=32)
    (reading,) = readings(
        pixels, [Head((4, 4, 250, 250), 0.9)], finder_px=256, preprocessing=preprocessing
    )
    assert reading.canvas is None
    seen = [
        Head((4, 4, 200, 250), 0.9),
        Head((80, 80, 120, 120), 0.8),
        Head((210, 9, 250, 49), 0.7),
    ]
    filling, beside = readings(pixels, seen, finder_px=256, preprocessing=preprocessing)
    assert filling.canvas is None
    assert beside.score == 0.7
    assert beside.canvas is not None
    (reading,) = readings(
        pixels, [Head((0, 128, 64, 192), 0.9)], finder_px=256, preprocessing=preprocessing
    )
    assert reading.canvas is not None
    assert reading.canvas.shape == (32, 32, 3)
    assert reading.box == pytest.approx((0, 0.5, 0.25, 0.75))


def test_a_work_has_what_one_of_its_figures_has():
    vocabulary = Vocabulary.from_package()
    face, around = rows_of(vocabulary, FACE_GROUPS), rows_of(vocabulary, AROUND_GROUPS)
    groups = {a.group for a, on in zip(vocabulary.attributes, face | around, strict=True) if on}
    assert groups == FACE_GROUPS | AROUND_GROUPS
    whole = np.full(len(vocabulary), 0.1, np.float32)
    figures = np.stack([np.full(len(vocabulary), p, np.float32) for p in (0.5, 0.8)])
    work = combined(whole, figures, vocabulary)
    assert work[face] == pytest.approx(0.9)
    assert work[around] == pytest.approx(0.5)  # as sure of 0.9 as of 0.1
    assert work[~face & ~around] == pytest.approx(0.1)
    assert combined(whole, whole[None], vocabulary) == pytest.approx(whole, abs=1e-5)


def test_a_finder_learns_finds_and_is_written_whole(tmp_path, empty_library):
    pytest.importorskip("torch", reason="training needs the train extra")
    import onnx

    from zokusei.training.finder import FinderSettings, train_finder

    scenes = write_scenes(
        empty_library, tmp_path / "s", num=32, seed=1, split="train", size_px=128, workers=1
    )
    settings = FinderSettings(epochs=1, batch_size=8)
    with pytest.raises(TrainingError, match="too few"):
        train_finder(scenes[:4], scenes, tmp_path / "few", settings)
    assert not (tmp_path / "few").exists()
    seen = []
    finder = train_finder(
        scenes, scenes[:4], tmp_path / "f", settings, on_progress=lambda *at: seen.append(at)
    )
    assert [at[0] for at in seen] == [1, 2, 3, 4]
    assert finder.about["validation"]["scenes"] == 4
    canvases = np.zeros((2, 256, 256, 3), np.uint8)
    assert len(finder.find(canvases)) == 2
    graph = onnx.load(finder.path).graph
    kinds = [
        [maker.op_type for maker in graph.node if maker.output[0] == node.input[1]]
        for node in graph.node
        if node.op_type == "Conv"
    ]
    assert kinds[1:-3] == [["DequantizeLinear"]] * (len(kinds) - 4)  # in 8 bits
    assert not any(kind == ["DequantizeLinear"] for kind in (kinds[0], *kinds[-3:]))
    with pytest.raises(TrainingError, match="exists"):
        train_finder(scenes, scenes[:4], tmp_path / "f", settings)


def test_target_maps_are_what_the_finder_reads_back():
    torch = pytest.importorskip("torch", reason="training needs the train extra")
    from zokusei.training.finder import finder_loss, target_maps

    boxes = [[(30.0, 40.0, 94.0, 104.0), (200.0, 200.0, 218.0, 218.0)], []]
    targets = target_maps(boxes, size_px=256, stride=8)
    maps = targets[:, :4].clone()
    maps[:, 0] = torch.where(targets[:, 4] > 0, 12.0, -12.0)
    found = [heads_of_maps(each.numpy(), stride=8, threshold=0.5) for each in maps]
    for head, box in zip(found[0], boxes[0], strict=True):
        assert head.box == pytest.approx(box, abs=1e-3)
    assert found[1] == []
    right, wrong = finder_loss(maps, targets), finder_loss(torch.zeros_like(maps), targets)
    assert right < 0.01 < wrong


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cut") / "drawn"
    draw_library(folder, num=12, seed=5, size_px=256)
    library = Library.create(folder.parent / "library")
    import_source(library, folder)
    return library, folder


def test_heads_cut_from_drawings_are_framed_as_found_and_keep_their_labels(drawn, tmp_path):
    library, folder = drawn
    num = cut_heads(library, folder, tmp_path / "heads", seed=1)
    rows = {row["work_id"]: row for row in map(json.loads, (folder / "labels.jsonl").open("rb"))}
    keys = dict(
        zip(*(library.works()[name].to_pylist() for name in ("work_id", "split_key")), strict=True)
    )
    cut = [json.loads(line) for line in (tmp_path / "heads" / "labels.jsonl").open("rb")]
    assert len(cut) == num > 3
    vocabulary = Vocabulary.from_package()
    for line in cut:
        whole = rows[line["work_id"].removesuffix("-head")]
        left, top, right, bottom = square_box(whole["head_boxes"][0])
        height, width = decode((tmp_path / "heads" / line["file"]).read_bytes()).shape[:2]
        assert 32 <= width <= 1.12 * (right - left) + 1
        assert height <= 1.12 * (bottom - top) + 1
        assert line["split_key"] == keys[whole["work_id"]]
        told = {vocabulary[id_].group for id_ in line["present"] + line["absent"]}
        assert "hair_color" in told
        assert "clothing" not in told
        assert set(line["present"]) <= set(whole["present"])
        assert set(line["absent"]) <= set(whole["absent"])


def test_heads_are_cut_from_drawings_of_the_library_alone(drawn, tmp_path):
    library, folder = drawn
    with pytest.raises(UsageError, match="import the drawings first"):
        cut_heads(Library.create(tmp_path / "other"), folder, tmp_path / "heads", seed=1)
    with pytest.raises(UsageError, match=r"holds no labels\.jsonl"):
        cut_heads(library, tmp_path, tmp_path / "heads", seed=1)
    assert not (tmp_path / "heads").exists()
    with pytest.raises(UsageError, match="is there already"):
        cut_heads(library, folder, tmp_path, seed=1)
