"""What heads tell: average precision by group, read from wholes, from heads' crops, and from both.

    python -m bench.heads BUNDLE LIBRARY SOURCE

Judges the pictures of SOURCE (the last part of its name) in the library's validation split, those
in which exactly one head is found that does not fill the picture. ``zokusei.figures`` reads each
group in the way that this shows to be best.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from zokusei.bundle import Bundle
from zokusei.evaluation.metrics import ranking
from zokusei.figures import readings
from zokusei.images import decode, fit
from zokusei.library import Library
from zokusei.library.splits import Split

RESULT = Path(__file__).parent / "results" / "heads.json"
WAYS = ("whole", "head", "mean")
LEAST = 5  # works that have an attribute, and that lack it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("library")
    parser.add_argument("source")
    given = parser.parse_args()
    bundle, library = Bundle.load(given.bundle), Library.open(given.library)
    work_ids = works_of(library, given.source)
    logits, rows = looked_at(bundle, library, work_ids)
    truth = library.label_matrix(bundle.vocabulary, [work_ids[row] for row in rows]).truth()
    enough = ((truth == 1).sum(0) >= LEAST) & ((truth == 0).sum(0) >= LEAST)
    precisions = [ranking(each, truth).average_precision for each in logits]
    result = {
        "command": f"python -m bench.heads BUNDLE LIBRARY {given.source}",
        "bundle": bundle.fingerprint,
        "works": len(rows),
        "groups": {},
    }
    for group in bundle.vocabulary.groups:
        columns = [row for row in bundle.vocabulary.group_rows(group.id) if enough[row]]
        means = [round(float(each[columns].mean()), 3) for each in precisions if columns]
        result["groups"][group.id] = dict(zip(WAYS, means, strict=False))
        print(f"{group.id:16}", *(f"{mean:6.3f}" for mean in means), flush=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


def works_of(library: Library, source: str, split: Split = "validation") -> list[str]:
    """The works of a source (the last part of its name) that are in a split."""
    splits = library.splits()
    works = library.works(["work_id", "source"]).to_pylist()
    return [
        work["work_id"]
        for work in works
        if Path(work["source"] or "").name == source and splits[work["work_id"]] == split
    ]


def looked_at(
    bundle: Bundle, library: Library, work_ids: list[str]
) -> tuple[list[np.ndarray], list[int]]:
    """Log odds (N, A) by each of ``WAYS``, and the rows of the N works that have one head."""
    finder, preprocessing = bundle.finder, bundle.preprocessing
    if finder is None:
        raise SystemExit("this bundle has no finder of heads")
    wholes, heads, rows = [], [], []
    images = (image for batch in library.images(work_ids).batches(64) for image in batch)
    for row, image in enumerate(images):
        pixels = decode(image)
        (found,) = finder.find(fit(pixels, finder.size_px)[None])
        read = readings(pixels, found, finder_px=finder.size_px, preprocessing=preprocessing)
        if len(read) == 1 and read[0].canvas is not None:
            wholes.append(preprocessing.canvas(pixels))
            heads.append(read[0].canvas)
            rows.append(row)
    whole, head = (calibrated(bundle, np.stack(canvases)) for canvases in (wholes, heads))
    return [whole, head, (whole + head) / 2], rows


def calibrated(bundle: Bundle, canvases: np.ndarray) -> np.ndarray:
    """Log odds of calibrated probabilities, float64 (N, A)."""
    batches = [canvases[start : start + 64] for start in range(0, len(canvases), 64)]
    logits = np.concatenate([bundle.logits(batch)[0] for batch in batches])
    held = np.clip(bundle.calibration.apply(logits).astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(held / (1 - held))


if __name__ == "__main__":
    main()
