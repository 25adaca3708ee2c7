#!/usr/bin/env bash
# disk.sh short|long: a full disk (a small tmpfs of our own), a file size limit, a closed or full standard output, a database or a directory
# that cannot be written: an error with the path in it, exit 4, and a database that works on once there is room.
. "${0%/*}/lib.sh"
export trailloop work
make_dump "$work/dump"
"$trailloop" ingest -q --db "$work/whole.db" "$work/dump" >/dev/null || exit 1
want=$(content "$work/whole.db")
size=$(stat -c %s "$work/whole.db")
n_runs=0

# expect NAME STATUS WANTED PATH: of the run whose standard error is in $work/err.
expect() {
    n_runs=$((n_runs + 1))
    [ "$2" = "$3" ] || bad "$1: exit $2, not $3: $(head -1 "$work/err")"
    [ "$3" = 0 ] || grep -qF -- "$4" "$work/err" || bad "$1: '$4' is not named: $(head -1 "$work/err")"
}

# recovers NAME DB: the same ingest, with room.
recovers() {
    "$trailloop" ingest -q --db "$2" "$work/dump" >/dev/null 2>"$work/err" || bad "$1: with room again: exit $?: $(head -1 "$work/err")"
    [ "$(content "$2")" = "$want" ] || bad "$1: another database afterwards"
}

step=$((size / 8))
[ "$form" = short ] || step=$((size / 100))
for ((limit = 512; limit < size + step; limit += step)); do
    rm -f "$work"/try.db*
    (
        ulimit -f $((limit / 1024 + 1))
        exec "$trailloop" ingest -q --db "$work/try.db" "$work/dump" >/dev/null 2>"$work/err"
    )
    status=$?
    [ "$status" = 0 ] && [ $((limit + 1024)) -ge "$size" ] || expect "files of at most $limit bytes" "$status" 4 try.db
    recovers "files of at most $limit bytes" "$work/try.db"
done

# Full disks of several sizes, in a mount namespace of our own; then the disk grows.
on_a_disk() { # SIZE SCRIPT: with $1 the program, $2 the work directory
    unshare -rm bash -c 'mount -t tmpfs -o size="$1" none "$2/disk" && shift && eval "$2"' - "$1" "$work" "$2"
}
mkdir "$work/disk"
if on_a_disk 64k true 2>/dev/null; then
    for ((kib = 16; kib * 1024 < size * 2; kib += step / 1024 + 1)); do
        rm -f "$work"/try.db*
        on_a_disk "${kib}k" '"$trailloop" ingest -q --db "$work/disk/try.db" "$work/dump" >/dev/null 2>"$work/err"
            echo $? >"$work/status"
            mount -o remount,size=64m "$work/disk"
            "$trailloop" ingest -q --db "$work/disk/try.db" "$work/dump" >/dev/null 2>"$work/err.2" || cat "$work/err.2"
            cp "$work/disk/try.db" "$work/try.db"'
        status=$(cat "$work/status")
        [ "$status" = 0 ] || expect "a disk of $kib KiB" "$status" 4 try.db
        [ "$(content "$work/try.db")" = "$want" ] || bad "a disk of $kib KiB that grew: another database"
    done
    on_a_disk 4k '"$trailloop" report -q --db "$work/whole.db" --format json -o "$work/disk/out" 2>"$work/err"
        echo $? >"$work/status"
        ls "$work/disk" >"$work/left"'
    expect "a report to a full disk" "$(cat "$work/status")" 4 out
    [ ! -s "$work/left" ] || bad "a report to a full disk left $(cat "$work/left")"
else
    echo "passed over: no mount namespaces here, so no full disk"
fi

"$trailloop" report -q --db "$work/whole.db" >/dev/full 2>"$work/err"
expect "standard output full" $? 4 'standard output'
"$trailloop" report -q --db "$work/whole.db" >&- 2>"$work/err"
expect "standard output closed" $? 4 'standard output'
"$trailloop" stats -q --db "$work/whole.db" >/dev/full 2>"$work/err"
expect "standard output full, stats" $? 4 'standard output'
"$trailloop" show -q --db "$work/whole.db" "$(sqlite3 "$work/whole.db" 'SELECT id FROM loops')" >/dev/full 2>"$work/err"
expect "standard output full, show" $? 4 'standard output'
(trap '' PIPE; "$trailloop" show -q --db "$work/whole.db" "$(sqlite3 "$work/whole.db" 'SELECT id FROM loops')" 2>"$work/err"; echo $? >"$work/status") | head -1 >/dev/null
status=$(cat "$work/status")
[ "$status" = 4 ] || [ "$status" = 0 ] || bad "a reader that went away: exit $status"
"$trailloop" ingest -q --db "$work/no/such/dir/t.db" "$work/dump" >/dev/null 2>"$work/err"
expect "a database in no directory" $? 4 'no/such/dir'
finish "$n_runs disks and outputs that refuse"
