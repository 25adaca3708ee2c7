#!/usr/bin/env bash
# call.sh short|long: every system call that the program or SQLite makes may fail: with EIO, ENOSPC or EINTR, or by reading or writing
# one byte only. Of each command and each kind of call the n-th fails, for some n (short) or for every n (long; of more than 200, for
# 200 spread over them). Each run ends with an error that is told, or with the right result (3 where a file could not be read); the
# same command afterwards gives what it gives without.
. "${0%/*}/lib.sh"
[ -z "${TORTURE_SANITIZED-}" ] || { echo "skipped: a sanitizer has to be loaded first"; exit 77; }
export FAIL_REPORT=$work/report
commands="$commands output"
make_commands

# run NAME CALL ERRNO N ON: one run with this failure. Where every write fails from then on there can be no word.
run() {
    local name=$1 what="$1, $2 number $4${5:+ and on}, errno $3" status db
    db=$(database_of "$name")
    rm -f "$work/output"
    timeout 60 env FAIL_CALL="$2" FAIL_ERRNO="$3" FAIL_AT="$4" ${5:+FAIL_ON=1} LD_PRELOAD="$TORTURE_BUILD/fail_call.so" \
        "$trailloop" $(command_of "$name" "$db") >"$work/out" 2>"$work/err"
    status=$?
    n_calls=$(cat "$work/report")
    case $name:$status in
    *:4) case $2:$name in # what a walk found costs itself only, whatever the reason
        openat*:ingest | openat*:scan | openat*:hurt | openat*:verify) bad "$what: exit 4: $(head -1 "$work/err")" ;;
        esac ;;
    esac
    case $name:$status in
    *:0) cmp -s "$work/out" "$work/$name.out" || bad "$what: exit 0 with another output" ;;
    ingest:3 | scan:3 | hurt:3 | verify:3) ;;
    *:[24]) [ -s "$work/err" ] || [ "$name" = check ] || [ "$2$5" = writeon ] || bad "$what: exit $status without a word" ;;
    *) bad "$what: exit $status: $(head -1 "$work/err")" ;;
    esac
    [ ! -e "$work/output" ] || cmp -s "$work/output" "$work/report.out" || bad "$what: half a report was written"
    recovers "$name" "$db" "$what" "$status"
    n_runs=$((n_runs + 1))
}

declare -A errors=([open]="5 24" [openat]="5 24 12" [openat2]="12 5 24 38" [read]="5 4 short" [write]="5 28 4 short" [pread]="5 4 short" [pwrite]="5 28 4 short" [fsync]="5 28"
    [truncate]="5 28" [stat]="5" [close]="5" [unlink]="5" [rename]="28" [opendir]="24" [readdir]="5" [mmap]="12" [thread]="11")
n_runs=0
for name in $commands; do
    n_before=$n_runs n_counted=0
    for call in open openat openat2 read write pread pwrite fsync truncate stat close unlink rename opendir readdir mmap thread; do
        for errno in ${errors[$call]}; do
            run "$name" "$call" "$errno" 0 ''
            n_all=$n_calls n_counted=$((n_counted + n_calls)) step=1
            [ "$n_all" -gt 0 ] || break
            [ "$form" = long ] && step=$((n_all / 200 + 1))
            [ "$form" = short ] && { [ "$name" = ingest ] && step=$((n_all / 3 + 1)) || step=$((n_all / 2 + 1)); }
            for ((n = 1; n <= n_all; n += step)); do run "$name" "$call" "$errno" "$n" ''; done
            [ "$errno" = short ] || [ "$errno" = 4 ] || run "$name" "$call" "$errno" $((n_all / 2 + 1)) on
            [ "$form" = long ] || [ "$name" = ingest ] || break # short: one way to fail is enough
        done
    done
    [ "$n_counted" -gt 10 ] || bad "$name: its calls were not counted"
    echo "$name: $((n_runs - n_before)) runs"
done
finish "$n_runs failed calls"
