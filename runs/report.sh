#!/usr/bin/env bash
# How good the bundle in the package is, on pictures that nothing was chosen by: `make report`.
#
#   runs/report.sh FACES.parquet [REPORT]
#
# FACES.parquet holds the face crops described in docs/packaged-data.md. REPORT
# (default: report) gets one folder a report, each with report.html and
# report.json. They show the pictures: keep them out of the repository.
# May be stopped and repeated: import and drawing go on where they were.
#
# BUNDLE=path judges another bundle; NUM_DRAWN=40 NUM_SCENES=40 is a quick look.
set -euo pipefail
faces=${1:?usage: runs/report.sh FACES.parquet [REPORT]}
root=$(cd "$(dirname "$0")/.." && pwd)
out=${2:-$root/report}
zokusei=${BIN:-$root/.venv/bin}/zokusei
bundle=${BUNDLE:-packaged}
num_drawn=${NUM_DRAWN:-600}
num_scenes=${NUM_SCENES:-250}
if [ ! -f "$faces" ]; then
  echo "runs/report.sh: there is no file $faces; give the labelled face crops with" \
    "\`make report FACES=path/to/faces.parquet\` (docs/packaged-data.md says what they hold)" >&2
  exit 2
fi
mkdir -p "$out/work"

# Real faces, labelled by people, of the test split.
"$zokusei" import "$faces" --into "$out/work/faces"
"$zokusei" evaluate "$bundle" "$out/work/faces" --split test --reviewed --corruptions \
  --out "$out/real-faces"

# Drawings of other seeds than any that the bundle learned from, whole bodies included.
[ -f "$out/work/drawn/labels.jsonl" ] ||
  "$zokusei" draw "$out/work/drawn" --num "$num_drawn" --seed 907 --size 512 --format jpg
"$zokusei" import "$out/work/drawn" --into "$out/work/drawings"
"$zokusei" evaluate "$bundle" "$out/work/drawings" --split all --out "$out/drawings"

# The same faces pasted small into drawn scenes: are they found, and read as well as alone?
[ -f "$out/work/scenes/scenes.jsonl" ] ||
  "$zokusei" heads scenes "$out/work/faces" "$out/work/scenes" --num "$num_scenes" --seed 907 \
    --split test
"$zokusei" heads evaluate "$bundle" "$out/work/faces" "$out/work/scenes" | tee "$out/figures.txt"

echo "reports: $out/real-faces/report.html $out/drawings/report.html $out/figures.txt"
