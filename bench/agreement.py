"""How a bundle agrees with people about colours, beside how people agree with each other.

    python -m bench.agreement BUNDLE FACES.parquet [--save]

runs/labels/colors-test.jsonl holds a second look at the colours of the faces of the test split,
by people who knew neither the first labels nor any model's answer. A colour is agreed on if the
main one of the second look, or the likeliest of the bundle, is among those of the first label.
No choice was made by these figures: they say how far a measure by one label can reach.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.evaluation.bootstrap import Interval, resample_counts
from zokusei.tagger import Tagger

SECOND = Path(__file__).parent.parent / "runs" / "labels" / "colors-test.jsonl"
RESULT = Path(__file__).parent / "results" / "agreement.json"
GROUPS = {"hair": ("hair_color", "hair_color"), "eyes": ("eyes", "eye_color")}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", help="A bundle, or `packaged`.")
    parser.add_argument("faces", type=Path)
    parser.add_argument("--save", action="store_true", help=f"Write {RESULT.name}.")
    given = parser.parse_args()
    bundle = Bundle.packaged() if given.bundle == "packaged" else Bundle.load(given.bundle)
    second = {row["id"]: row for row in map(json.loads, SECOND.read_text("utf-8").splitlines())}
    rows = [row for row in pq.read_table(given.faces).to_pylist() if row["id"] in second]
    taggings = Tagger(bundle).tag(row["image"] for row in rows)
    probabilities = np.stack([tagging.probabilities for tagging in taggings])
    result: dict[str, object] = {
        "command": "python -m bench.agreement BUNDLE FACES.parquet --save",
        "bundle": bundle.fingerprint,
    }
    for key, (column, group_id) in GROUPS.items():
        ids = bundle.vocabulary.main_ids(group_id)
        columns = [bundle.vocabulary.row(id_) for id_ in ids]
        seen = [ids[best].removesuffix(f"_{key}") for best in probabilities[:, columns].argmax(1)]
        looks = [
            (row[column], second[row["id"]][key], of) for row, of in zip(rows, seen, strict=True)
        ]
        result[group_id] = agreement(
            [look for look in looks if all(look[:2]) and "closed" not in look[0] + look[1]]
        )
    text = json.dumps(result, indent=1) + "\n"
    sys.stdout.write(text)
    if given.save:
        RESULT.write_text(text, "utf-8")


def agreement(looks: list[tuple[list[str], list[str], str]]) -> dict[str, object]:
    """Shares of works, with 95% bootstrap intervals.

    Args:
        looks: Of each work the colours of the first label, those of the second look, main ones
            first, and the bundle's.
    """
    people = np.array([second[0] in first for first, second, _ in looks])
    with_first = np.array([seen in first for first, _, seen in looks])
    with_second = np.array([seen in second for _, second, seen in looks])
    every = np.ones(len(looks), bool)
    return {
        "works": len(looks),
        "second look with first label": str(_share(people, every)),
        "bundle with first label": str(_share(with_first, every)),
        "bundle with second look": str(_share(with_second, every)),
        "bundle with either": str(_share(with_first | with_second, every)),
        "bundle where both agree": str(_share(with_first, people)),
        "works where both agree": int(people.sum()),
    }


def _share(part: NDArray[np.bool_], of: NDArray[np.bool_]) -> Interval:
    counts = resample_counts(len(of), num_resamples=1000, seed=0)
    return Interval.from_resamples(
        float((part & of).sum() / of.sum()), ((part & of) @ counts) / (of @ counts)
    )


if __name__ == "__main__":
    main()
