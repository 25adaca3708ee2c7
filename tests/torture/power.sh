#!/usr/bin/env bash
# power.sh short|long: a power cut loses no file that was reported done. Six ingests, a part of the dump each, are written down call by
# call; then disks are made as they may be found after a power cut at any moment (power_cut says how), and each must open, hold
# everything that ended runs reported, and come to the same content when the ingests are run again.
. "${0%/*}/lib.sh"
[ -z "${TORTURE_SANITIZED-}" ] || { echo "skipped: a sanitizer has to be loaded first"; exit 77; }
make_dump "$work/dump"
find "$work/dump" -type f | sort >"$work/files"
split -n r/6 -d "$work/files" "$work/part."
parts=("$work"/part.*)
mkdir "$work/disk"

declare -a after # what the database holds after so many runs
for ((i = 0; i < ${#parts[@]}; i++)); do
    mapfile -t paths <"${parts[i]}"
    LOG_WRITES=$work/log LOG_PREFIX=$work/disk/ LD_PRELOAD=$TORTURE_BUILD/log_writes.so \
        "$trailloop" ingest -q --db "$work/disk/t.db" "${paths[@]}" >/dev/null || exit 1
    after[i + 1]=$(sqlite3 "$work/disk/t.db" 'SELECT count(*) FROM events')
done
after[0]=0
want=$(content "$work/disk/t.db")

n=40
[ "$form" = short ] || n=2000
n_inside=0
for ((seed = 1; seed <= n; seed++)); do
    rm -rf "$work/disk"
    mkdir "$work/disk"
    ended=$("$TORTURE_BUILD/power_cut" "$work/log" "$work/disk" "$seed") || exit 1
    held=0
    if [ -e "$work/disk/t.db" ]; then
        "$trailloop" report -q --format json --db "$work/disk/t.db" >"$work/out" 2>"$work/err" || bad "seed $seed: report: $(head -1 "$work/err")"
        held=$(sed -n 's/.*"kept": *\([0-9]*\).*/\1/p' "$work/out" | head -1)
    fi
    [ "${held:-0}" -ge "${after[ended]}" ] || bad "seed $seed: $held events, but the $ended runs that had ended kept ${after[ended]}"
    mapfile -t paths <"$work/files"
    "$trailloop" ingest -q --db "$work/disk/t.db" "${paths[@]}" >/dev/null 2>"$work/err" || bad "seed $seed: the runs after it: $(head -1 "$work/err")"
    [ "$(sqlite3 "$work/disk/t.db" 'PRAGMA integrity_check' 2>&1)" = ok ] || bad "seed $seed: the database is damaged"
    [ "$(content "$work/disk/t.db")" = "$want" ] || bad "seed $seed: another database afterwards"
done
finish "$n power cuts"
