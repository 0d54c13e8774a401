"""Two ways to see small heads: attention over a pyramid, or a second look at heads that were found.

    python -m bench.pyramid LIBRARY DRAWINGS FACES [--bundle BUNDLE] [--save]

The pyramid is one network: its trunk runs on the picture at 96, 192 and 288 px, and each
attribute's attention is one softmax over the places of all levels. It is measured as it is, and
with its head trained further or anew on the features of the frozen trunk, against the picture at
96 px alone and against the shipped way (``zokusei.figures``), both as they are and with their head
trained further on the same pictures. All learn from the training split and are judged on the
validation split of two sources (the last parts of their names). Processor time a picture, on one
thread: the trunk and the finder as they are shipped, the head in torch. A quarter of an hour on
one core that computes in bfloat16, and 5 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx.utils import Extractor
from torch import Tensor, nn

from bench.heads import LEAST, works_of
from zokusei.bundle import NETWORK, Bundle
from zokusei.evaluation.bootstrap import resample_counts
from zokusei.evaluation.metrics import top_one
from zokusei.evaluation.ranking import weighted_ranking
from zokusei.figures import AROUND_GROUPS, FACE_GROUPS, combined, readings, rows_of
from zokusei.images import decode, fit
from zokusei.library import UNKNOWN, LabelMatrix, Library
from zokusei.network import Network, build_network
from zokusei.network.compact import AttentionHead
from zokusei.training.data import targets_and_weights
from zokusei.training.loop import masked_bce
from zokusei.training.starting import StartingPoint, settle
from zokusei.vocabulary import Vocabulary

RESULT = Path(__file__).parent / "results" / "pyramid.json"
LEVELS_PX = (96, 192, 288)
CELL_PX = 16  # of a picture to a place of the last feature map, either way
EPOCHS, BATCH, LEARNING_RATE = 8, 64, 1e-3
HUMAN_WEIGHT = 3.0  # as the shipped network was trained
DECODE_PX, RESAMPLES = 2 * LEVELS_PX[-1], 300
WHOLE, TWO, SHIPPED = "whole", "96 and 192, trained further", "heads, as shipped"


@dataclass(frozen=True, eq=False)
class Seen:
    """Features of N pictures at all levels, and what is known of them.

    Args:
        features: float16 (N, C, P), the places of all levels, the coarsest first.
        labels: Of the N pictures and A attributes.
        work_ids: N ids.
    """

    features: NDArray[np.float16]
    labels: LabelMatrix
    work_ids: list[str]


@dataclass(frozen=True, eq=False)
class Crops:
    """The heads found in N pictures, less those that are the picture.

    Args:
        features: float16 (M, C, P), at the network's own size.
        of_work: int (M,), the row of each one's picture.
        filling: bool (N,), whether a head is the picture.
    """

    features: NDArray[np.float16]
    of_work: NDArray[np.int64]
    filling: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("drawings")
    parser.add_argument("faces")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--num-drawings", type=int, default=4000, help="learned from, at most")
    parser.add_argument("--num-faces", type=int, default=1500, help="learned from, at most")
    parser.add_argument("--save", action="store_true", help=f"write {RESULT.name}")
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    began = time.process_time()
    bundle = Bundle.load(given.bundle) if given.bundle else Bundle.packaged()
    library = Library.open(given.library)
    sources = {"drawings": given.drawings, "faces": given.faces}
    network = network_of(bundle, library, works_of(library, given.drawings, "train")[:512])
    judged = {
        name: seen(network, library, bundle, works_of(library, source))
        for name, source in sources.items()
    }
    learned = [
        seen(network, library, bundle, some(works_of(library, source, "train"), num))
        for source, num in ((given.drawings, given.num_drawings), (given.faces, given.num_faces))
    ]
    print("seen", *(len(each.work_ids) for each in (*judged.values(), *learned)), flush=True)

    heads = heads_of(network, learned)
    logits = {
        name: {way: logits_of(head, of.features, num) for way, (head, num) in heads.items()}
        for name, of in judged.items()
    }
    one = num_places(LEVELS_PX[:1])
    cropped = [
        of_crops(each, crops_of(network, library, bundle, each.work_ids), bundle.vocabulary)
        for each in learned
    ]
    reader = trained(network.head, [*learned, *cropped], one)
    figures = {}
    for name, of in judged.items():
        crops = crops_of(network, library, bundle, of.work_ids)
        figures[name] = round(len(crops.features) / len(of.work_ids), 2)
        read = logits_of(reader, of.features, one)
        ways = {
            SHIPPED: (logits[name][WHOLE], network.head),
            "heads, trained further": (read, reader),
            "heads, the whole at 96 and 192, trained further": (logits[name][TWO], reader),
        }
        for way, (whole, head) in ways.items():
            logits[name][way] = with_heads(whole, crops, head, bundle.vocabulary)
    head = heads["pyramid, trained further"][0]
    result = {
        "command": "python -m bench.pyramid LIBRARY DRAWINGS FACES --save",
        "bundle": bundle.fingerprint,
        "levels_px": LEVELS_PX,
        "learned_from": {
            name: len(each.work_ids) for name, each in zip(sources, learned, strict=True)
        },
        **{
            name: figures_of(logits[name], of.labels, bundle.vocabulary)
            for name, of in judged.items()
        },
        "figures_a_picture": figures,
        "attention_by_level": attention_by_group(
            head, judged["drawings"].features, bundle.vocabulary
        ),
        "milliseconds": costs(bundle, network.head, figures["drawings"]),
    }
    result["processor_minutes"] = round((time.process_time() - began) / 60, 1)
    print(json.dumps(result, indent=1))
    if given.save:
        RESULT.write_text(json.dumps(result, indent=1) + "\n")


def some(work_ids: list[str], num: int) -> list[str]:
    """At most so many, whichever."""
    order = np.random.default_rng(0).permutation(len(work_ids))[:num]
    return [work_ids[place] for place in sorted(order.tolist())]


def network_of(bundle: Bundle, library: Library, work_ids: list[str]) -> Network:
    """A bundle's network with its weights, in torch."""
    start = StartingPoint.from_bundle(bundle)
    network = build_network(start.arch, len(bundle.vocabulary)).eval()
    start.load_into(network, bundle.vocabulary)
    canvases = np.stack(
        [
            bundle.preprocessing.canvas(decode(image))
            for images in library.images(work_ids).batches()
            for image in images
        ]
    )
    inputs = bundle.preprocessing.normalise(canvases)
    if start.is_folded:
        settle(network, torch.from_numpy(inputs))
    with torch.no_grad():
        found = network(torch.from_numpy(inputs[:64]))[0].numpy()
    apart = float(np.abs(found - bundle.logits(canvases[:64])[0]).mean())
    print(f"logits differ from the bundle's by {apart:.3f} on average", flush=True)
    return network.to(memory_format=torch.channels_last)


def together(maps: Sequence[Tensor]) -> Tensor:
    """Feature maps (B, C, h, w) of any sizes as one map (B, C, 1, P) of all their places."""
    return torch.cat([each.flatten(2) for each in maps], dim=2).unsqueeze(2)


def num_places(sizes_px: Sequence[int]) -> int:
    """P, of the levels of these sizes."""
    return sum((size_px // CELL_PX) ** 2 for size_px in sizes_px)


def share_of_levels(attention: NDArray[np.floating], counts: Sequence[int]) -> NDArray[np.floating]:
    """How much of an attention (..., P) each of the L levels of so many places gets: (..., L)."""
    return np.add.reduceat(attention, np.cumsum([0, *counts[:-1]]), axis=-1)


@torch.no_grad()
def features_of(network: Network, inputs: NDArray[np.float32]) -> Tensor:
    """The last feature map, float32 (B, C, h, w), computed in bfloat16 as in training."""
    pictures = torch.from_numpy(inputs).to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        return network.features(pictures).float()


def seen(network: Network, library: Library, bundle: Bundle, work_ids: list[str]) -> Seen:
    """Features of the works that a person described."""
    labels = library.label_matrix(bundle.vocabulary, work_ids)
    rows = np.flatnonzero(labels.human.any(axis=1) | (labels.confidences == 1).any(axis=1))
    work_ids = [work_ids[row] for row in rows]
    places = np.empty((len(rows), network.embedding_size, num_places(LEVELS_PX)), np.float16)
    start = 0
    for images in library.images(work_ids).batches(16):
        pictures = [decode(image, at_least_px=DECODE_PX) for image in images]
        maps = [
            features_of(
                network,
                bundle.preprocessing.normalise(np.stack([fit(each, size_px) for each in pictures])),
            )
            for size_px in LEVELS_PX
        ]
        places[start : start + len(images)] = together(maps)[:, :, 0].numpy()
        start += len(images)
    return Seen(places, labels.select(rows), work_ids)


def heads_of(network: Network, learned: list[Seen]) -> dict[str, tuple[AttentionHead, int]]:
    """The ways to read features: a head, and how many places it looks at."""
    one, two, three = (num_places(LEVELS_PX[: 1 + level]) for level in range(3))
    present: AttentionHead = network.head
    fresh = AttentionHead(network.embedding_size, network.num_attributes)
    return {
        WHOLE: (present, one),
        "whole, trained further": (trained(present, learned, one), one),
        "96 and 192, as it is": (present, two),
        TWO: (trained(present, learned, two), two),
        "pyramid, as it is": (present, three),
        "pyramid, trained further": (trained(present, learned, three), three),
        "pyramid, trained anew": (trained(fresh, learned, three), three),
    }


def trained(start: AttentionHead, learned: list[Seen], num: int) -> AttentionHead:
    """A head trained on the first so many places, from the weights of another."""
    torch.manual_seed(0)
    channels, attributes = start.classify.in_channels, start.classify.out_channels
    head = AttentionHead(channels, attributes)
    head.load_state_dict(start.state_dict())
    known = [
        targets_and_weights(each.labels, smoothing=0.01, human_weight=HUMAN_WEIGHT)
        for each in learned
    ]
    targets, weights = (torch.from_numpy(np.concatenate(each)) for each in zip(*known, strict=True))
    of_source = np.concatenate(
        [[(place, row) for row in range(len(each.work_ids))] for place, each in enumerate(learned)]
    )
    steps = EPOCHS * (len(of_source) // BATCH)
    optimizer = torch.optim.AdamW(head.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=steps + 1, pct_start=0.15
    )
    rng = np.random.default_rng(0)
    for epoch in range(EPOCHS):
        order, losses = rng.permutation(len(of_source)), []
        for first in range(0, len(order) - BATCH + 1, BATCH):
            rows = order[first : first + BATCH]
            taken = [learned[place].features[row, :, :num] for place, row in of_source[rows]]
            logits = run_head(head, np.stack(taken))
            loss = masked_bce(logits, targets[rows], weights[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        print(f"{num} places, epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    return head.eval()


def run_head(head: AttentionHead, features: NDArray[np.float16]) -> Tensor:
    """Logits (B, A) of features (B, C, P)."""
    places = torch.from_numpy(features).unsqueeze(2)
    with torch.autocast("cpu", torch.bfloat16):
        summands, _ = head(places.to(torch.bfloat16))
    logits: Tensor = summands.float().sum((2, 3))
    return logits


@torch.no_grad()
def logits_of(head: AttentionHead, features: NDArray[np.float16], num: int) -> NDArray[np.float32]:
    """Logits (N, A) by the first so many places."""
    batches = [features[start : start + 64, :, :num] for start in range(0, len(features), 64)]
    return np.concatenate([run_head(head, np.ascontiguousarray(each)).numpy() for each in batches])


def crops_of(network: Network, library: Library, bundle: Bundle, work_ids: list[str]) -> Crops:
    """Finds the heads in pictures and sees them."""
    finder, preprocessing = bundle.finder, bundle.preprocessing
    if finder is None:
        raise SystemExit("this bundle has no finder of heads")
    filling = np.zeros(len(work_ids), bool)
    features, of_work = [], []
    images = (image for batch in library.images(work_ids).batches(64) for image in batch)
    for row, image in enumerate(images):
        pixels = decode(image)
        (found,) = finder.find(fit(pixels, finder.size_px)[None])
        read = readings(pixels, found, finder_px=finder.size_px, preprocessing=preprocessing)
        canvases = [each.canvas for each in read if each.canvas is not None]
        filling[row] = len(canvases) < len(read)
        if canvases:
            seen_of = features_of(network, preprocessing.normalise(np.stack(canvases)))
            features.append(seen_of.flatten(2).numpy().astype(np.float16))
            of_work += [row] * len(canvases)
    one = num_places(LEVELS_PX[:1])
    none = np.empty((0, network.embedding_size, one), np.float16)
    return Crops(np.concatenate([none, *features]), np.array(of_work, np.int64), filling)


def of_crops(seen: Seen, crops: Crops, vocabulary: Vocabulary) -> Seen:
    """Crops to learn from: the only ones of their works, with the labels that a head can show."""
    alone = np.bincount(crops.of_work, minlength=len(seen.work_ids)) == 1
    kept = np.flatnonzero(alone[crops.of_work] & ~crops.filling[crops.of_work])
    labels = seen.labels.select(crops.of_work[kept])
    labels.states[:, ~rows_of(vocabulary, FACE_GROUPS | AROUND_GROUPS)] = UNKNOWN
    return Seen(crops.features[kept], labels, [seen.work_ids[row] for row in crops.of_work[kept]])


def with_heads(
    whole: NDArray[np.float32], crops: Crops, head: AttentionHead, vocabulary: Vocabulary
) -> NDArray[np.float32]:
    """Log odds (N, A) by the whole pictures' and by what a head of the network reads of crops."""
    mixed = whole.copy()
    if not len(crops.features):
        return mixed
    read = logits_of(head, crops.features, crops.features.shape[-1])
    for row in np.unique(crops.of_work):
        figures = [*read[crops.of_work == row], *([whole[row]] if crops.filling[row] else [])]
        both = combined(sigmoid(whole[row]), sigmoid(np.stack(figures)), vocabulary)
        mixed[row] = log_odds(both)
    return mixed


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)


def log_odds(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    held = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(held / (1 - held)).astype(np.float32)


def figures_of(
    logits: dict[str, NDArray[np.float32]], labels: LabelMatrix, vocabulary: Vocabulary
) -> dict[str, Any]:
    """Mean average precision by way and group, and over all attributes against the shipped way."""
    truth = labels.truth()
    enough = np.flatnonzero(((truth == 1).sum(0) >= LEAST) & ((truth == 0).sum(0) >= LEAST))
    once = np.ones((len(truth), 1), np.float32)
    counts = np.concatenate([once, resample_counts(len(truth), num_resamples=RESAMPLES)], axis=1)
    precisions = {  # (A, 1 + resamples)
        way: np.stack(
            [
                weighted_ranking(each[:, row], truth[:, row], counts).average_precision
                for row in enough
            ]
        )
        for way, each in logits.items()
    }
    shipped = precisions[SHIPPED]
    result: dict[str, Any] = {"works": len(truth), "attributes": len(enough), "ways": {}}
    for way, each in precisions.items():
        means, differences = (np.nanmean(values, axis=0) for values in (each, each - shipped))
        difference = interval(differences)
        result["ways"][way] = {
            "mean_average_precision": round(float(means[0]), 4),
            "less_shipped": [round(x, 4) for x in difference],
            "top1": {
                group: round(top_one(logits[way], truth, rows).accuracy, 4)
                for group in ("hair_color", "eye_color")
                for rows in [[vocabulary.row(id_) for id_ in vocabulary.main_ids(group)]]
            },
            "groups": {
                group.id: round(float(each[columns, 0].mean()), 3)
                for group in vocabulary.groups
                for columns in [np.flatnonzero(np.isin(enough, vocabulary.group_rows(group.id)))]
                if len(columns)
            },
        }
    return result


def interval(values: NDArray[np.floating]) -> tuple[float, float, float]:
    """The first of some values, and the 95% interval that the others give it."""
    low, high = np.quantile(values[1:] - values[1:].mean() + values[0], [0.025, 0.975])
    return float(values[0]), float(low), float(high)


@torch.no_grad()
def attention_by_group(
    head: AttentionHead, features: NDArray[np.float16], vocabulary: Vocabulary
) -> dict[str, list[float]]:
    """How much of the attention of a group's attributes each level gets."""
    counts = [num_places([size_px]) for size_px in LEVELS_PX]
    shares = []
    for start in range(0, len(features), 64):
        places = torch.from_numpy(features[start : start + 64]).float().unsqueeze(2)
        attention = head.attend(places).flatten(2).softmax(-1).numpy()
        shares.append(share_of_levels(attention, counts))
    mean = np.concatenate(shares).mean(axis=0)
    return {
        group.id: [round(float(x), 3) for x in mean[list(vocabulary.group_rows(group.id))].mean(0)]
        for group in vocabulary.groups
        if vocabulary.group_rows(group.id)
    }


def costs(bundle: Bundle, head: nn.Module, num_figures: float) -> dict[str, float]:
    """Milliseconds of processor time a picture, of the parts and of the ways."""
    trunk, finder = any_size(bundle.path / NETWORK), bundle.finder
    if finder is None:
        raise SystemExit("this bundle has no finder of heads")
    rng = np.random.default_rng(0)
    parts: dict[str, float] = {}
    for size_px in LEVELS_PX:
        inputs = rng.standard_normal((8, 3, size_px, size_px), np.float32)
        parts[f"trunk at {size_px} px"] = milliseconds(
            lambda inputs=inputs: trunk.run(["features"], {"pictures": inputs}),
            8,
        )
    canvases = rng.integers(0, 255, (8, finder.size_px, finder.size_px, 3), np.uint8)
    parts["finder"] = milliseconds(lambda: finder.find(canvases), 8)
    for levels in (1, 2, 3):
        places = torch.randn(8, 384, 1, num_places(LEVELS_PX[:levels]))
        with torch.no_grad():
            parts[f"head over {places.shape[-1]} places"] = milliseconds(lambda: head(places), 8)  # noqa: B023
    one, two, three = (parts[f"trunk at {size_px} px"] for size_px in LEVELS_PX)
    over = [parts[f"head over {num_places(LEVELS_PX[:levels])} places"] for levels in (1, 2, 3)]
    ways = {
        WHOLE: one + over[0],
        SHIPPED: parts["finder"] + (1 + num_figures) * (one + over[0]),
        "96 and 192": one + two + over[1],
        "heads, the whole at 96 and 192": (
            parts["finder"] + one + two + over[1] + num_figures * (one + over[0])
        ),
        "pyramid": one + two + three + over[2],
    }
    return {name: round(value, 2) for name, value in {**parts, **ways}.items()}


def any_size(path: Path) -> onnxruntime.InferenceSession:
    """The trunk of a bundle's network, for pictures of any size, on one thread."""
    model = Extractor(onnx.load(path)).extract_model(["pictures"], ["features"])
    for value in (*model.graph.input, *model.graph.output):
        for side, name in zip(value.type.tensor_type.shape.dim[2:], "hw", strict=True):
            side.dim_param = f"{name}_{value.name}"
    del model.graph.value_info[:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def milliseconds(work: Callable[[], object], num: int) -> float:
    """Of processor time for one of so many pictures: the least of several runs."""
    work()
    taken = []
    for _ in range(7):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken) / num * 1e3


if __name__ == "__main__":
    main()
