#!/usr/bin/env bash
# kill.sh short|long: killed at any moment (SIGKILL), or asked to stop (SIGTERM, SIGINT), then the same command again: the database is
# the same as without. A signal that asks ends the program with 128 + its number, or finds it already done. Moments are chosen by the
# clock, and by what a kill can change: between two calls that write, flush, cut or remove a file (fifty of them, or all with `long`).
. "${0%/*}/lib.sh"
export TMPDIR=$work # a program that is killed leaves its own directory there
make_dump "$work/dump"
mkdir "$work/many" # the same records in a file each, so that there are many moments between two files
find "$TRAILLOOP_FIXTURES/scenarios/incident/dump" -name '*.json' -exec grep -h '^{"event' {} + | sed 's/,$//' | split -l 1 -a 4 - "$work/many/r" ||
    exit 1

ingest=("$trailloop" ingest -q --db "$work/try.db" "$work/dump" "$work/many")
started=$(date +%s%N)
"${ingest[@]}" >/dev/null || exit 1
took_us=$((($(date +%s%N) - started) / 1000))
want=$(content "$work/try.db")

# hit SIGNAL DELAY-IN-MICROSECONDS
hit() {
    local pid status
    trap - EXIT # the program's process is this shell's for a moment, and a signal that comes so soon would clear up here
    "${ingest[@]}" >/dev/null 2>"$work/err" &
    pid=$!
    trap clear_up EXIT
    sleep "$(printf '0.%06d' "$2")"
    kill -s "$1" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    status=$?
    case $1:$status in
    KILL:137 | KILL:0 | TERM:143 | TERM:0 | INT:130 | INT:0) ;;
    *) bad "$1 after $2 us: exit $status: $(head -1 "$work/err")" ;;
    esac
    [ "$status" = 0 ] || n_hit=$((n_hit + 1))
}

# again SIGNAL: what was left can be read, and the same command comes to the same database.
again() {
    [ ! -e "$work/try.db" ] || "$trailloop" stats -q --db "$work/try.db" >/dev/null 2>"$work/err" || bad "$1: stats: $(head -1 "$work/err")"
    "${ingest[@]}" >/dev/null 2>"$work/err" || bad "$1: the run after it: exit $?: $(head -1 "$work/err")"
    [ "$(content "$work/try.db")" = "$want" ] || bad "$1: another database afterwards"
    n_runs=$((n_runs + 1))
}

n_runs=0 n_hit=0 RANDOM=1
if [ -z "${TORTURE_SANITIZED-}" ]; then # a sanitizer has to be loaded first
    stopped_at() { # N: the command, killed before the N-th of those calls; 0: how many there are
        rm -f "$work"/try.db*
        FAIL_CALL="pwrite fsync truncate unlink" FAIL_ERRNO=kill FAIL_AT=$1 FAIL_REPORT=$work/report LD_PRELOAD=$TORTURE_BUILD/fail_call.so \
            "${ingest[@]}" >/dev/null
    }
    stopped_at 0
    n_all=$(cat "$work/report") step=1
    [ "$n_all" -gt 50 ] || bad "only $n_all calls that change a file were counted"
    [ "$form" = long ] || step=$((n_all / 50 + 1))
    for ((n = 1; n <= n_all; n += step)); do
        stopped_at "$n" 2>/dev/null # the shell tells of each
        [ $? != 137 ] || n_hit=$((n_hit + 1))
        again "SIGKILL before call $n"
    done
fi

[ "$form" = short ] && n_kill=20 n_stop=10 || n_kill=500 n_stop=200
for ((i = 0; i < n_kill + n_stop; i++)); do
    rm -f "$work"/try.db*
    signal=KILL
    [ "$i" -lt "$n_kill" ] || { signal=TERM; [ $((i % 2)) = 0 ] || signal=INT; }
    hit "$signal" $((RANDOM * 32768 % (took_us * 11 / 10)))
    [ $((i % 5)) != 0 ] || hit "$signal" $((RANDOM % (took_us / 2))) # a second time, into what the first left
    again "$signal"
done
[ "$n_hit" -ge $((n_runs / 3)) ] || bad "only $n_hit of $n_runs runs were hit while they ran"
finish "$n_runs runs ended by a signal ($n_hit of them before their end)"
