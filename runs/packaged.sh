#!/usr/bin/env bash
# From data to the bundle in the package: the recipe, and the settings that made it.
#
#   runs/packaged.sh FACES.parquet [WORK]
#
# FACES.parquet holds the face crops described in docs/packaged-data.md. WORK
# (default: runs/packaged) takes the library, the runs and the reports, 2 GB.
# May be stopped and repeated: every step goes on where it was. The training takes three
# minutes of a GPU or five hours of two cores, all else an hour and a half of two cores. See
# docs/log.md for what was tried.
#
# Whether it runs at all can be seen in some ten minutes on one core, which
# leaves the package as it is:
#
#   NUM_FACES=600 NUM_DRAWN=150 EPOCHS=1 NUM_SCENES=40 FINDER_EPOCHS=1 \
#     NUM_TEST_DRAWN=40 NUM_TEST_SCENES=40 INSTALL=0 runs/packaged.sh FACES.parquet SMALL
set -euo pipefail
faces=${1:?usage: runs/packaged.sh FACES.parquet [WORK]}
root=$(cd "$(dirname "$0")/.." && pwd)
work=${2:-$root/runs/packaged}
bin=${BIN:-$root/.venv/bin} # of the environment that zokusei is installed in
zokusei=$bin/zokusei
library=$work/library bundle=$work/bundle

num_faces=${NUM_FACES:-} # all of them
num_drawn=${NUM_DRAWN:-12000}
epochs=${EPOCHS:-8}
precision=${PRECISION:-bfloat16} # float32 is faster without a GPU
num_scenes=${NUM_SCENES:-2000} # half as many once more to validate by
finder_epochs=${FINDER_EPOCHS:-14}
install=${INSTALL:-1}
mkdir -p "$work"

# Real faces, with the labels by eye that came after the table (runs/labels).
[ -f "$work/faces.parquet" ] ||
  "$bin/python" "$root/runs/add_labels.py" ${num_faces:+--num "$num_faces"} \
    "$faces" "$root"/runs/labels/faces-*.jsonl "$root/runs/labels/colors-1.jsonl" \
    "$work/faces.parquet"
# Drawn pictures teach what the faces lack: clothing, tied hair, whole bodies.
[ -f "$work/drawn/labels.jsonl" ] ||
  "$zokusei" draw "$work/drawn" --num "$num_drawn" --seed 101 --size 512 --format jpg
"$zokusei" import "$work/faces.parquet" --into "$library"
"$zokusei" import "$work/drawn" --into "$library" --take-in

# Drawn heads by themselves, framed as the tagger frames them.
[ -d "$work/heads" ] || "$zokusei" heads cut "$library" "$work/drawn" "$work/heads"
"$zokusei" import "$work/heads" --into "$library" --take-in

# From a trunk that was trained on photographs. More passes learn drawings better and faces worse.
"$zokusei" train "$library" --arch efficient --out "$work/run" --start-from imagenet \
  --epochs "$epochs" --learning-rate 0.0015 --human-weight 3 --human-repeats 2 \
  --precision "$precision"

# What finds heads, from scenes with the same faces.
for split in train validation; do
  [ "$split" = train ] && num=$num_scenes || num=$((num_scenes / 2))
  [ -f "$work/scenes-$split/scenes.jsonl" ] ||
    "$zokusei" heads scenes "$library" "$work/scenes-$split" --num "$num" --seed 1 \
      --split "$split" --size 512
done
[ -d "$work/finder" ] ||
  "$zokusei" heads train "$work/scenes-train" --validation "$work/scenes-validation" \
    --out "$work/finder" --epochs "$finder_epochs"

rm -rf "$bundle"
"$zokusei" export "$work/run" --finder "$work/finder" --int8 --out "$bundle"

# The faces of the test split and drawings of other seeds, which nothing above has looked at.
BIN=$bin BUNDLE=$bundle NUM_DRAWN=${NUM_TEST_DRAWN:-600} NUM_SCENES=${NUM_TEST_SCENES:-250} \
  "$root/runs/report.sh" "$work/faces.parquet" "$work/report"
"$zokusei" card "$bundle" --notes "$root/docs/packaged-data.md" \
  --report "real faces, test split=$work/report/real-faces" \
  --report "${NUM_TEST_DRAWN:-600} drawings of other seeds=$work/report/drawings"

if [ "$install" = 1 ]; then
  rm -rf "$root/src/zokusei/packaged"
  cp -r "$bundle" "$root/src/zokusei/packaged"
else
  echo "bundle: $bundle"
fi
