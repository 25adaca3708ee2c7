#!/usr/bin/env bash
# linear.sh: hostile input takes less than twice the processor time a byte that clean records of the same size take: an object of 10^6
# keys, 10^6 records that are rejected, strings in strings, and a thousand empty gzip members before the first that is not. Prints
# nanoseconds a byte, the least of five runs each. And each story's records told again and again under new ids, all in one second or one
# a second, take less than twice the time a record when there are four times as many. Looks at clocks, so it is no part of the suite.
. "${0%/*}/lib.sh"
measure=$root/build/tests/bench/measure

record() { # NUMBER ID TEXT
    printf '{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:s","arn":"arn:aws:sts::111122223333:assumed-role/r/s","accountId":"111122223333"},"eventTime":"2024-02-27T07:57:24Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketAcl","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":"Boto3/1.34","requestParameters":{"bucketName":"b-%d","text":"%s"},"responseElements":null,"eventID":"%s","readOnly":false,"recipientAccountId":"111122223333"}' "$1" "$3" "$2"
}

records() { # N EVENT-TIME TEXT
    local r
    r=$(record 0 ID "$3")
    r=${r/2024-02-27T07:57:24Z/$2}
    before=${r%\"ID\"*} after=${r##*\"ID\"} awk -v n="$1" 'BEGIN {
        printf "{\"Records\":["
        for (i = 0; i < n; i++) printf "%s%s\"00000000-0000-4000-8000-%012d\"%s", i ? "," : "", ENVIRON["before"], i, ENVIRON["after"]
        printf "]}" }'
}

text=$(printf 'x%.0s' {1..500})
records 20000 2024-02-27T07:57:24Z "$text" >"$work/clean.json"
awk 'BEGIN { printf "{\"Records\":[{\"eventVersion\":\"1.08\""; for (i = 0; i < 1000000; i++) printf ",\"k%d\":%d", i, i; printf "}]}" }' >"$work/keys.json"
records 1000000 yesterday '' >"$work/rejected.json"
records 20000 2024-02-27T07:57:24Z "$(printf '{\\\\\\"a\\\\\\":[%.0s' {1..60})" >"$work/quotes.json"
empty=$(mktemp -p "$work")
gzip -nc </dev/null >"$empty"
{
    for ((i = 0; i < 1000; i++)); do cat "$empty"; done
    gzip -nc "$work/clean.json"
} >"$work/members.json.gz"
gzip -nc "$work/clean.json" >"$work/packed.json.gz"

# cost FILE N: nanoseconds for one of its N bytes, or records.
cost() {
    for i in 1 2 3 4 5; do "$measure" "$trailloop" scan -q -j1 "$1"; done | awk -v n="$2" '
        { if (NR == 1 || $2 < least) least = $2 } END { printf "%.3f", least * 1e9 / n }'
}

bytes=$(stat -c %s "$work/clean.json")
clean=$(cost "$work/clean.json" "$bytes")
packed=$(cost "$work/packed.json.gz" "$bytes")
echo "clean records: $clean ns a byte, packed $packed"
for name in keys rejected quotes members; do
    file=$(ls "$work/$name".json*) than=$clean
    n=$(stat -c %s "$file")
    [ "$name" != members ] || { n=$bytes than=$packed; }
    ns=$(cost "$file" "$n")
    echo "$name: $ns ns a byte, $(awk "BEGIN { printf \"%.2f\", $ns / $than }") of clean"
    awk "BEGIN { exit !($ns < 2 * $than) }" || bad "$name takes more than twice as much a byte"
done
# again STORY-DUMP N STEP-IN-SECONDS: its records in turn, N in all.
again() {
    find "$1" -type f | sort | while IFS= read -r file; do
        zcat -f "$file" >"$work/file"
        sqlite3 :memory: "SELECT value FROM json_each(readfile('$work/file'), '\$.Records')"
    done | awk -v n="$2" -v step="$3" '
        function put(line, i, t) {
            t = i * step
            sub(/"eventTime":"[^"]*"/, sprintf("\"eventTime\":\"2024-02-%02dT%02d:%02d:%02dZ\"",
                1 + int(t / 86400), int(t / 3600) % 24, int(t / 60) % 60, t % 60), line)
            sub(/"eventID":"[^"]*"/, sprintf("\"eventID\":\"%08d-0000-4000-8000-000000000000\"", i), line)
            printf "%s%s", i ? "," : "", line
        }
        { records[NR - 1] = $0 }
        END { printf "{\"Records\":["; for (i = 0; i < n; i++) put(records[i % NR], i); printf "]}" }'
}

n_stories=0
for dir in "$TRAILLOOP_FIXTURES"/scenarios/*/; do
    story=$(basename "$dir") from=$dir/dump
    [ -d "$from" ] || { from=$work/$story && mkdir "$from" && "$root/build/tests/support/make_story" "$dir/story.json" "$from" >/dev/null || exit 1; }
    for step in 0 1; do
        again "$from" 2500 "$step" >"$work/few.json"
        again "$from" 10000 "$step" >"$work/many.json"
        few=$(cost "$work/few.json" 2500) many=$(cost "$work/many.json" 10000)
        awk "BEGIN { exit !($many < 2 * $few) }" || bad "$story, $step s from one record to the next: $few ns a record, $many with four times as many"
        n_stories=$((n_stories + 1))
    done
done
finish "4 kinds of hostile input, $n_stories stories without end"
