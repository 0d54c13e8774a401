#!/usr/bin/env bash
# From data to the bundle in the package: the recipe, and the settings that made it.
#
#   runs/packaged.sh FACES.parquet [WORK]
#
# FACES.parquet holds the face crops described in docs/packaged-data.md. WORK
# (default: runs/packaged) takes the library, the run and the reports, 1 GB.
# May be stopped and repeated: every step goes on where it was. About an hour
# and a half on two cores.
set -euo pipefail
faces=${1:?usage: runs/packaged.sh FACES.parquet [WORK]}
root=$(cd "$(dirname "$0")/.." && pwd)
work=${2:-$root/runs/packaged}
zokusei=$root/.venv/bin/zokusei
library=$work/library bundle=$work/bundle
mkdir -p "$work"

# Drawn pictures teach what the faces lack: clothing, tied hair, whole bodies.
[ -f "$work/drawn8k/labels.jsonl" ] ||
  "$zokusei" draw "$work/drawn8k" --num 8000 --seed 101 --size 256 --format jpg
"$zokusei" import "$faces" --into "$library"
"$zokusei" import "$work/drawn8k" --into "$library" --take-in

# The drawn pictures, with a hundred labels each, rule the first run; the second
# starts from it and listens to people (docs/log.md, 2026-11-23).
"$zokusei" train "$library" --arch compact --out "$work/first" --epochs 10 --human-weight 2
"$zokusei" train "$library" --arch compact --out "$work/run" --start-from "$work/first" \
  --epochs 10 --learning-rate 0.0015
rm -rf "$bundle"
"$zokusei" export "$work/run" --out "$bundle"

# The test split, which nothing above has looked at.
"$zokusei" evaluate "$bundle" "$library" --split test --reviewed --out "$work/report-real"
"$zokusei" evaluate "$bundle" "$library" --split test --source drawn8k --out "$work/report-drawn"
"$zokusei" card "$bundle" --notes "$root/docs/packaged-data.md" \
  --report "real faces, test split=$work/report-real" \
  --report "drawn pictures, test split=$work/report-drawn"

rm -rf "$root/src/zokusei/packaged"
cp -r "$bundle" "$root/src/zokusei/packaged"
