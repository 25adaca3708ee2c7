#!/bin/sh
# run_case.sh PROGRAM CASE FIXTURES: runs CASE/cmd, a shell script, in an empty directory, and compares what it prints and
# how it ends with CASE/stdout, CASE/stderr (no file: nothing) and CASE/exit (no file: 0).
#
# The script finds the program as $trailloop, the incident's dump as $incident and docs/ as $docs. The directory it runs in
# is shown as DIR, the fixtures as FIXTURES. With TRAILLOOP_UPDATE_GOLDEN set, what was printed becomes what
# is expected: read the difference before committing it.
set -u
PROGRAM=$1 CASE=$2 FIXTURES=$3
export LC_ALL=C TZ=UTC NO_COLOR=1 SOURCE_DATE_EPOCH=1709251200
unset COLUMNS TERM
trailloop=$PROGRAM
incident=$FIXTURES/scenarios/incident/dump
docs=$FIXTURES/../docs
export trailloop incident docs

work=$(mktemp -d "${TMPDIR:-/tmp}/trailloop-case-XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
mkdir "$work/DIR" || exit 2
(cd "$work/DIR" && exec sh "$CASE/cmd") >"$work/stdout.raw" 2>"$work/stderr.raw" </dev/null
got=$?
[ "$got" = 77 ] && { cat "$work/stderr.raw"; exit 77; }
for s in stdout stderr; do
    sed "s|$work/DIR|DIR|g; s|$FIXTURES|FIXTURES|g; s|$PROGRAM|trailloop|g" "$work/$s.raw" >"$work/$s"
done
echo "$got" >"$work/exit"

if [ -n "${TRAILLOOP_UPDATE_GOLDEN-}" ]; then
    for s in stdout stderr exit; do
        rm -f "$CASE/$s"
        [ -s "$work/$s" ] && [ "$s $got" != 'exit 0' ] && cp "$work/$s" "$CASE/$s"
    done
fi
status=0
for s in stdout stderr exit; do
    if [ -f "$CASE/$s" ]; then want=$CASE/$s; elif [ "$s" = exit ]; then echo 0 >"$work/want"; want=$work/want; else want=/dev/null; fi
    diff -u --label "expected $s" --label "$s" "$want" "$work/$s" || status=1
done
exit "$status"
