#!/bin/sh
# promtool.sh PROGRAM ROOT: Prometheus' own checker takes the metrics of every scenario, the same bytes come out each time, and a file
# that is there already is replaced whole.
set -eu
program=$1 root=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1709251200
n=0
for dump in "$root"/fixtures/scenarios/*/dump; do
    "$program" scan --quiet --format prometheus --db "$work/$n.db" "$dump" >"$work/1"
    "$program" report --format prometheus -o "$work/2" --db "$work/$n.db"
    LC_ALL=C.UTF-8 TZ=Asia/Tokyo "$program" report --format prometheus -o "$work/2" --db "$work/$n.db"
    "$program" stats --format prometheus --db "$work/$n.db" >"$work/3"
    cmp "$work/1" "$work/2"
    for f in 1 3; do promtool check metrics <"$work/$f"; done
    n=$((n + 1))
done
[ "$n" -gt 0 ]
ls "$work" | grep -q tmp && exit 1
# The checker would have said so:
sed 's/ gauge$/ gouge/' "$work/1" >"$work/bad"
! promtool check metrics <"$work/bad" 2>/dev/null
echo "$n scenarios"
