#!/usr/bin/env bash
# From data to the bundle in the package: the recipe, and the settings that made it.
#
#   runs/packaged.sh FACES.parquet [WORK]
#
# FACES.parquet holds the face crops described in docs/packaged-data.md. WORK
# (default: runs/packaged) takes the library, the runs and the reports, 2 GB.
# May be stopped and repeated: every step goes on where it was. About two hours
# on two cores. See docs/log.md for what was tried.
set -euo pipefail
faces=${1:?usage: runs/packaged.sh FACES.parquet [WORK]}
root=$(cd "$(dirname "$0")/.." && pwd)
work=${2:-$root/runs/packaged}
zokusei=$root/.venv/bin/zokusei
library=$work/library bundle=$work/bundle
mkdir -p "$work"

# Real faces, with the labels by eye that came after the table (runs/labels).
[ -f "$work/faces.parquet" ] ||
  "$root/.venv/bin/python" "$root/runs/add_labels.py" "$faces" "$root"/runs/labels/faces-*.jsonl \
    "$work/faces.parquet"
# Drawn pictures teach what the faces lack: clothing, tied hair, whole bodies.
[ -f "$work/drawn8k/labels.jsonl" ] ||
  "$zokusei" draw "$work/drawn8k" --num 8000 --seed 101 --size 256 --format jpg
"$zokusei" import "$work/faces.parquet" --into "$library"
"$zokusei" import "$work/drawn8k" --into "$library" --take-in

# Drawn heads by themselves, framed as the tagger frames them.
[ -d "$work/heads8k" ] || "$zokusei" heads cut "$library" "$work/drawn8k" "$work/heads8k"
"$zokusei" import "$work/heads8k" --into "$library" --take-in

# From the network of the bundle before, which two rounds of 10 epochs from nothing had made
# (docs/log.md, 2026-11-23).
mkdir -p "$work/before"
git -C "$root" archive dbfcaf1 src/zokusei/packaged | tar -x -C "$work/before" --strip-components 2
"$zokusei" train "$library" --arch compact --out "$work/run" --start-from "$work/before/packaged" \
  --epochs 5 --learning-rate 0.0015 --human-weight 3 --human-repeats 3

# What finds heads, from scenes with the same faces.
for split in train validation test; do
  [ "$split" = train ] && num=2000 || num=250
  [ "$split" = test ] && size=() || size=(--size 512)
  [ -f "$work/scenes-$split/scenes.jsonl" ] ||
    "$zokusei" heads scenes "$library" "$work/scenes-$split" --num $num --seed 1 \
      --split "$split" "${size[@]}"
done
[ -d "$work/finder" ] ||
  "$zokusei" heads train "$work/scenes-train" --validation "$work/scenes-validation" \
    --out "$work/finder" --epochs 14

rm -rf "$bundle"
"$zokusei" export "$work/run" --finder "$work/finder" --int8 --out "$bundle"

# The test split, which nothing above has looked at.
"$zokusei" evaluate "$bundle" "$library" --split test --reviewed --out "$work/report-real"
"$zokusei" evaluate "$bundle" "$library" --split test --source drawn8k --out "$work/report-drawn"
"$zokusei" heads evaluate "$bundle" "$library" "$work/scenes-test"
"$zokusei" card "$bundle" --notes "$root/docs/packaged-data.md" \
  --report "real faces, test split=$work/report-real" \
  --report "drawn pictures, test split=$work/report-drawn"

rm -rf "$root/src/zokusei/packaged"
cp -r "$bundle" "$root/src/zokusei/packaged"
