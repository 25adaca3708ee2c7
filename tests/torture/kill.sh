#!/usr/bin/env bash
# kill.sh short|long: killed at any moment (SIGKILL), or asked to stop (SIGTERM, SIGINT), then the same command again: the database is
# the same as without. A signal that asks ends the program with 128 + its number, or finds it already done.
. "${0%/*}/lib.sh"
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
    "${ingest[@]}" >/dev/null 2>"$work/err" &
    pid=$!
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

n_runs=0 n_hit=0 RANDOM=1
[ "$form" = short ] && n_kill=20 n_stop=10 || n_kill=500 n_stop=200
for ((i = 0; i < n_kill + n_stop; i++)); do
    rm -f "$work"/try.db*
    signal=KILL
    [ "$i" -lt "$n_kill" ] || { signal=TERM; [ $((i % 2)) = 0 ] || signal=INT; }
    hit "$signal" $((RANDOM * 32768 % (took_us * 11 / 10)))
    [ $((i % 5)) != 0 ] || hit "$signal" $((RANDOM % (took_us / 2))) # a second time, into what the first left
    [ ! -e "$work/try.db" ] || "$trailloop" stats -q --db "$work/try.db" >/dev/null 2>"$work/err" || bad "$signal: stats: $(head -1 "$work/err")"
    "${ingest[@]}" >/dev/null 2>"$work/err" || bad "$signal: the run after it: exit $?: $(head -1 "$work/err")"
    [ "$(content "$work/try.db")" = "$want" ] || bad "$signal: another database afterwards"
    n_runs=$((n_runs + 1))
done
[ "$n_hit" -ge $((n_runs / 3)) ] || bad "only $n_hit of $n_runs runs were hit while they ran"
finish "$n_runs runs ended by a signal ($n_hit of them before their end)"
