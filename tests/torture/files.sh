#!/usr/bin/env bash
# files.sh short|long: no file makes the program crash, hang, or lose count. Files of every container, plain and packed, each changed at
# a few places, are read one by one, five seconds at the most each: it ends with 0 or 3, and what was read is what was kept, was known,
# was damaged or was not needed. Then 400 good files and one bad one: every good record is there, the bad file is named.
. "${0%/*}/lib.sh"
mangle=$TORTURE_BUILD/mangle
n=8
[ "$form" = short ] || n=400

# balanced REPORT: its counts of records add up.
balanced() {
    sed -n 's/.*"records": *{"read": *\([0-9]*\), *"kept": *\([0-9]*\), *"duplicates": *\([0-9]*\), *"damaged": *\([0-9]*\), *"unused": *\([0-9]*\).*/\1 \2 \3 \4 \5/p' "$1" |
        awk '{ found = 1; if ($1 != $2 + $3 + $4 + $5) exit 1 } END { exit !found }'
}

n_files=0
for seed in "$root"/tests/fuzz/corpus/read/* "$(find "$TRAILLOOP_FIXTURES/scenarios/incident" -name '*.json' | sort | sed -n 2p)"; do
    for packed in '' yes; do
        rm -rf "$work/in"
        mkdir "$work/in"
        file=$seed
        if [ -n "$packed" ]; then
            file=$work/packed
            gzip -nc "$seed" >"$file"
        fi
        "$mangle" "$file" "$n" "$((n_files + 1))" "$work/in" || exit 1
        for f in "$work/in"/*; do
            # Of the processor: the clock goes on while others have it. A wait that does not end is a hang too.
            (ulimit -St 5 && exec timeout 120 "$trailloop" scan -q --format json "$f") >"$work/out" 2>"$work/err"
            status=$?
            case $status in
            0 | 3) balanced "$work/out" || bad "${seed##*/} ${f##*/}${packed:+ packed}: the counts do not add up" ;;
            *) bad "${seed##*/} ${f##*/}${packed:+ packed}: exit $status: $(grep -m1 -E 'ERROR|error|trailloop' "$work/err")"
                cp "$f" "${TMPDIR:-/tmp}/torture-found-${f##*/}" ;;
            esac
            n_files=$((n_files + 1))
        done
    done
done

mkdir "$work/many"
for ((i = 0; i < 400; i++)); do
    printf '{"Records":[{"eventVersion":"1.08","eventTime":"2024-02-27T07:57:24Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketAcl","awsRegion":"r","eventID":"id-%d"}]}' "$i" |
        gzip -nc >"$work/many/$(printf %03d "$i").json.gz"
done
head -c 100 "$work/many/200.json.gz" >"$work/many/200-bad.json.gz"
"$trailloop" ingest --db "$work/t.db" "$work/many" >"$work/out" 2>"$work/err"
[ $? = 3 ] || bad "one bad file among 400: exit $?"
grep -q '200-bad' "$work/err" || bad "the bad file is not named: $(head -1 "$work/err")"
[ "$(sqlite3 "$work/t.db" 'SELECT count(*) FROM events')" = 400 ] || bad "not all records of 400 good files were kept"
finish "$n_files changed files"
