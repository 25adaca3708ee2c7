#!/usr/bin/env bash
# writers.sh short|long: of twenty starts at once on one database one works, the others say so and go, within a second, changing
# nothing. The one that works waits at its standard input, so that all others really meet it.
. "${0%/*}/lib.sh"
make_dump "$work/dump"
file=$(find "$work/dump" -name '*.gz' | sort | head -1)
"$trailloop" ingest -q --db "$work/whole.db" "$work/dump" >/dev/null || exit 1
rounds=1
[ "$form" = short ] || rounds=50
for ((round = 0; round < rounds; round++)); do
    rm -f "$work"/try.db*
    mkfifo "$work/in"
    "$trailloop" ingest -q --db "$work/try.db" - "$work/dump" <"$work/in" >/dev/null 2>"$work/err" &
    first=$!
    exec 3>"$work/in"
    until [ -s "$work/try.db" ]; do sleep 0.01; done
    pids=()
    for ((i = 0; i < 19; i++)); do
        (
            timeout 10 "$trailloop" ingest -q --db "$work/try.db" "$work/dump" >"$work/out.$i" 2>"$work/err.$i"
            echo $? >"$work/status.$i"
        ) &
        pids+=($!)
    done
    wait "${pids[@]}"
    for ((i = 0; i < 19; i++)); do
        [ "$(cat "$work/status.$i")" = 4 ] || bad "a second writer ended with $(cat "$work/status.$i")"
        grep -q 'another' "$work/err.$i" || bad "a second writer said: $(cat "$work/err.$i")"
    done
    gzip -dc "$file" >&3
    exec 3>&-
    wait "$first" || bad "the first writer ended with $?: $(head -1 "$work/err")"
    kept=$(sqlite3 "$work/try.db" 'SELECT count(*) FROM events')
    [ "$kept" = "$(sqlite3 "$work/whole.db" 'SELECT count(*) FROM events')" ] || bad "$kept events were kept"
    rm "$work/in"
done
finish "$rounds rounds of twenty writers"
