#!/usr/bin/env bash
# From data to the bundle in the package: the recipe, and the settings that made it.
#
#   runs/packaged.sh FACES.parquet [WORK]
#
# FACES.parquet holds the face crops described in docs/packaged-data.md. WORK
# (default: runs/packaged) takes the library, the runs and the reports, 2 GB.
# May be stopped and repeated: every step goes on where it was. The training takes fifteen
# minutes of a GPU or a day and a half of two cores, all else two hours of two cores. See
# docs/log.md for what was tried.
#
# Whether it runs at all can be seen in some ten minutes on one core, which
# leaves the package as it is:
#
#   NUM_FACES=600 NUM_DRAWN=150 FOLDS=2 FOLD_EPOCHS=1 EPOCHS=1 NUM_SCENES=40 FINDER_EPOCHS=1 \
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
folds=${FOLDS:-4}
fold_epochs=${FOLD_EPOCHS:-8}
epochs=${EPOCHS:-20}
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

# From a trunk that was trained on photographs, each time. First the teachers: each is kept from a
# part of the faces and says of these, and no others, what it sees. They need few passes, or they
# learn the faces by heart.
train() {
  "$zokusei" train "$library" --arch efficient --start-from imagenet --learning-rate 0.0015 \
    --human-weight 3 --precision "$precision" "$@"
}
teachers=()
for fold in $(seq "$folds"); do
  train --out "$work/fold-$fold" --leave-out "$fold/$folds" --epochs "$fold_epochs" \
    --human-repeats 2
  [ -d "$work/teacher-$fold" ] ||
    "$zokusei" export "$work/fold-$fold" --out "$work/teacher-$fold"
  teachers+=(--teacher "$work/teacher-$fold")
done

# Then the network of the bundle: what people said counts a third against what a teacher saw.
train --out "$work/run" --epochs "$epochs" --seed 1 --teacher-share 0.65 "${teachers[@]}"

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

# What is asked besides, mainly for colours: the network of the fourth bundle.
second=$work/second/packaged
if [ ! -d "$second" ]; then
  mkdir -p "$work/second"
  git -C "$root" archive 3cc6a3a src/zokusei/packaged | tar -x -C "$work/second" --strip-components 2
fi

rm -rf "$bundle"
"$zokusei" export "$work/run" --finder "$work/finder" --second "$second" --int8 --out "$bundle"

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
