#!/usr/bin/env bash
# call.sh short|long: every system call that the program or SQLite makes may fail: with EIO, ENOSPC or EINTR, or by reading or writing
# one byte only. Of each kind of call the n-th fails, for every n (long) or some (short). Each run ends with an error that is told, or
# with the right result (0, or 3 where a file could not be read); the same command afterwards gives what it gives without.
. "${0%/*}/lib.sh"
[ -z "${TORTURE_SANITIZED-}" ] || { echo "skipped: a sanitizer has to be loaded first"; exit 77; }
export FAIL_REPORT=$work/report

make_dump "$work/dump"
"$trailloop" ingest -q --db "$work/whole.db" "$work/dump" >/dev/null || exit 1
want=$(content "$work/whole.db")
"$trailloop" report -q --format json --db "$work/whole.db" >"$work/whole.json" || exit 1

# run CALL ERRNO N ON: ingest, then report, with this failure each. Where every write fails from then on there can be no word.
run() {
    local what="$1 number $3${4:+ and on}, errno $2" status db=$work/try.db
    rm -f "$db" "$db"-* "$work/out"
    export FAIL_CALL=$1 FAIL_ERRNO=$2 FAIL_AT=$3
    [ -z "$4" ] || export FAIL_ON=1
    LD_PRELOAD=$TORTURE_BUILD/fail_call.so timeout 60 "$trailloop" ingest -q -j1 --db "$db" "$work/dump" >/dev/null 2>"$work/err"
    status=$?
    n_calls=$(cat "$work/report")
    LD_PRELOAD=$TORTURE_BUILD/fail_call.so timeout 60 "$trailloop" report -q --format json -o "$work/out" --db "$work/whole.db" 2>"$work/report.err"
    local report_status=$?
    unset FAIL_CALL FAIL_ERRNO FAIL_AT FAIL_ON
    case $status in
    0 | 3) ;;
    4) [ -s "$work/err" ] || [ "$1$4" = writeon ] || bad "ingest, $what: exit 4 without a word" ;;
    *) bad "ingest, $what: exit $status: $(head -1 "$work/err")" ;;
    esac
    case $report_status in
    0) cmp -s "$work/out" "$work/whole.json" || bad "report, $what: exit 0 with another report" ;;
    2 | 4) [ -s "$work/report.err" ] || [ "$1$4" = writeon ] || bad "report, $what: exit $report_status without a word"
        [ ! -e "$work/out" ] || cmp -s "$work/out" "$work/whole.json" || bad "report, $what: half a report was written" ;;
    *) bad "report, $what: exit $report_status: $(head -1 "$work/report.err")" ;;
    esac
    "$trailloop" ingest -q -j1 --db "$db" "$work/dump" >/dev/null 2>"$work/err" || bad "ingest after $what: exit $?: $(head -1 "$work/err")"
    [ "$(content "$db")" = "$want" ] || bad "$what: another database afterwards"
    n_runs=$((n_runs + 1))
}

declare -A errors=([open]="5 24" [read]="5 4 short" [write]="5 28 4 short" [pread]="5 4 short" [pwrite]="5 28 4 short" [fsync]="5 28"
    [truncate]="5 28" [stat]="5" [close]="5" [unlink]="5" [rename]="28" [opendir]="24" [readdir]="5" [mmap]="12" [thread]="11")
n_runs=0
for call in open read write pread pwrite fsync truncate stat close unlink rename opendir readdir mmap thread; do
    for errno in ${errors[$call]}; do
        run "$call" "$errno" 0 ''
        n_all=$n_calls step=1
        [ "$form" = long ] || step=$((n_all / 3 + 1))
        for ((n = 1; n <= n_all + 3; n += step)); do run "$call" "$errno" "$n" ''; done
        [ "$errno" = short ] || [ "$errno" = 4 ] || run "$call" "$errno" $((n_all / 2 + 1)) on
    done
done
finish "$n_runs failed calls"
