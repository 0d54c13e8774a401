"""Pictures a second and peak memory of ``zokusei tag`` on a folder of 1-megapixel JPEGs.

    python -m bench.tag [--num 1000]

Draws 50 pictures of about a megapixel, copies them to the number asked for,
and runs, in turn and three times: the command on all of them; the command on a
quarter of them, to see whether memory grows; and a plain loop with the same
bundle (Pillow, full-size decoding, one picture at a time, ONNX Runtime as it
comes), the way tagging scripts do it. The machine's speed drifts: compare the
ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from zokusei.bundle import Bundle

RESULT = Path(__file__).parent / "results" / "tag.json"
NUM_DRAWN = 50
SIDE_PX = 1240  # longer side; with the drawings' aspects about a megapixel

PLAIN_LOOP = """
import sys
from pathlib import Path
import numpy as np, onnxruntime
from PIL import Image, ImageOps
from zokusei.bundle import Bundle
bundle = Bundle.packaged()
session = onnxruntime.InferenceSession(str(bundle.path / "network.onnx"))
size = bundle.preprocessing.size_px
for path in sorted(Path(sys.argv[1]).iterdir()):
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    canvas = np.asarray(ImageOps.pad(picture, (size, size), color="white"))[None]
    (logits,) = session.run(["logits"], {"pictures": bundle.preprocessing.normalise(canvas)})
    print(path, bundle.calibration.apply(logits)[0].max())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num", type=int, default=1000)
    num = parser.parse_args().num
    with tempfile.TemporaryDirectory() as folder:
        whole, quarter = make_pictures(Path(folder), num)
        megapixels = measure_megapixels(whole)
        command = [sys.executable, "-m", "zokusei", "tag", "--json"]
        commands = {
            "tag": ([*command, str(whole)], num),
            "tag_quarter": ([*command, str(quarter)], num // 4),
            "plain_loop": ([sys.executable, "-c", PLAIN_LOOP, str(quarter)], num // 4),
        }
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
        for _ in range(3):
            for name, (arguments, count) in commands.items():
                runs[name].append(timed(arguments, count))
                print(name, runs[name][-1], flush=True)
    speeds = {name: [run["pictures_per_s"] for run in runs[name]] for name in runs}
    result = {
        "command": "python -m bench.tag",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}",
        "bundle": Bundle.packaged().fingerprint,
        "pictures": num,
        "mean_megapixels": round(megapixels, 2),
        "median_pictures_per_s": {n: round(statistics.median(v), 1) for n, v in speeds.items()},
        "ratio_to_plain_loop": round(
            statistics.median(
                a / b for a, b in zip(speeds["tag"], speeds["plain_loop"], strict=True)
            ),
            2,
        ),
        "peak_memory_mb": {n: max(run["peak_memory_mb"] for run in runs[n]) for n in runs},
        "runs": runs,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({key: result[key] for key in result if key != "runs"}, indent=1))


def make_pictures(folder: Path, num: int) -> tuple[Path, Path]:
    """Folders with all the pictures and with a quarter of them."""
    from zokusei.draw import draw_library

    drawn = draw_library(
        folder / "drawn", num=NUM_DRAWN, seed=11, size_px=SIDE_PX, image_format="jpg"
    ).parent
    originals = sorted((drawn / "images").iterdir())
    folders = folder / "whole", folder / "quarter"
    for target, count in zip(folders, (num, num // 4), strict=True):
        target.mkdir()
        for number in range(count):
            shutil.copy(originals[number % len(originals)], target / f"{number:05d}.jpg")
    return folders


def measure_megapixels(folder: Path) -> float:
    from zokusei.images import image_size

    sizes = [image_size(path) for path in sorted(folder.iterdir())[:NUM_DRAWN]]
    return statistics.mean(width * height for width, height in sizes) / 1e6


def timed(arguments: list[str], count: int) -> dict[str, float]:
    """Runs a command to its end, start-up included."""
    began = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(arguments)} failed")
    return {
        "seconds": round(seconds, 2),
        "pictures_per_s": round(count / seconds, 1),
        "peak_memory_mb": round(memory_mb(usage)),
    }


def memory_mb(usage: resource.struct_rusage) -> float:
    """Peak resident memory; Linux counts in KiB, macOS in bytes."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
