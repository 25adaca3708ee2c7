# Shared by the scripts of this directory, which source it: a place to work in, a dump, and what a database holds.
# `short` or `long` is the script's first argument. Needs sqlite3 (the shell).
set -u
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1709251200
form=${1:-short}
root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
trailloop=${TRAILLOOP_EXE:-$root/build/trailloop}
: "${TRAILLOOP_FIXTURES:=$root/fixtures}" "${TRAILLOOP_SHARED:=$root/../shared}" "${TORTURE_BUILD:=$root/build/tests/torture}"
n_bad=0

work=$(mktemp -d "${TMPDIR:-/tmp}/trailloop-torture.XXXXXX") || exit 1
clear_up() {
    chmod -R u+rwX "$work"
    rm -rf "$work"
}
trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bad() {
    n_bad=$((n_bad + 1))
    [ "$form" = short ] && [ "$n_bad" -gt 20 ] || echo "BAD: $*" >&2
}

# The last line of every script; its exit status is that of the test.
finish() {
    echo "$1: $n_bad bad"
    exit $((n_bad > 0))
}

# make_dump DIR: the incident's dump, every second file packed.
make_dump() {
    cp -R "$TRAILLOOP_FIXTURES/scenarios/incident/dump" "$1"
    chmod -R u+w "$1"
    find "$1" -name '*.json' | sort | awk 'NR % 2' | xargs gzip -n
}

# content DB: one line that is the same for databases that hold the same, whatever their pages look like.
content() {
    local v
    for v in events verdicts attempts attempt_values changes controls loops cycles sources damage resources aliases scopes; do
        echo "SELECT '$v', * FROM $v;"
    done | sqlite3 -readonly "$1" 2>&1 | sort | sha256sum
}

# make_hurt DIR PACKED: what a dump may have in it that is no good: a cut file, one whose CRC is wrong, a second member, damaged records,
# other JSON, no JSON, a link.
make_hurt() {
    mkdir "$1"
    head -c 500 "$2" >"$1/cut.json.gz"
    { head -c -8 "$2" && printf '\1\2\3\4\5\6\7\8'; } >"$1/wrong.json.gz"
    { cat "$2" && echo '{"Records":[]}' | gzip -n && echo more; } >"$1/more.json.gz"
    zcat "$2" | sed '5s/"eventName"/"eventNam\xff"/; 7s/"eventID"/"eventIX"/' >"$1/records.json"
    zcat "$2" | head -c 3000 >"$1/short.json"
    echo '{"a":1}' >"$1/other.json"
    echo 'no JSON' >"$1/text.json"
    ln -s /etc/passwd "$1/link"
}

# make_commands: what alloc.sh and call.sh let fail. Makes a dump of two files (a loop: more records only do the same again), a trail with
# digests, a database of the dump, and what each command says when nothing fails ($work/NAME.out, ends[NAME]).
commands="ingest scan hurt report show raw history whatif discover check stats verify prune news rules"
declare -A ends
make_commands() {
    make_dump "$work/all"
    mkdir "$work/dump" "$work/trail"
    cp $(find "$work/all" -type f | sort | sed -n 2,3p) "$work/dump"
    make_hurt "$work/hurt" "$work/dump"/*.gz
    "$TORTURE_BUILD/../support/make_trail" "$work/trail" 3 2 || exit 1
    "$trailloop" ingest -q --db "$work/whole.db" "$work/dump" >/dev/null || exit 1
    want=$(content "$work/whole.db")
    loop=$(sqlite3 "$work/whole.db" 'SELECT id FROM loops LIMIT 1')
    event=$(sqlite3 "$work/whole.db" 'SELECT event_id FROM verdicts LIMIT 1')
    local name db
    for name in $commands; do
        db=$(database_of "$name")
        "$trailloop" $(command_of "$name" "$db") >"$work/$name.out" 2>"$work/err"
        ends[$name]=$?
        [ "${ends[$name]}" = 0 ] || [ "$name:${ends[$name]}" = hurt:3 ] || { echo "$name: exit ${ends[$name]}: $(head -1 "$work/err")"; exit 1; }
        [ "$name" != prune ] || want_pruned=$(content "$db")
    done
}

# The words of a command.
command_of() { # NAME DB
    case $1 in
    ingest) echo ingest -q -j1 --db "$2" "$work/dump" ;;
    scan) echo scan -q -j1 --format json "$work/dump" ;;
    hurt) echo scan -q -j1 --format json "$work/hurt" ;;
    report) echo report -q --format json --db "$2" ;;
    text | html | markdown | csv | prometheus) echo report -q --format "$1" --db "$2" ;;
    show) echo show -q --db "$2" "$loop" ;;
    raw) echo show -q --db "$2" "$event" ;;
    history) echo history -q --db "$2" awsConfigTestLambdaFunction ;;
    whatif) echo whatif -q --db "$2" "$loop" --attempts 1 --window 10m ;;
    discover) echo discover -q --db "$2" ;;
    check) echo check -q --db "$2" ;;
    stats) echo stats -q --db "$2" ;;
    output) echo report -q --format json --db "$2" -o "$work/output" ;;
    verify) echo verify -q --public-key "$work/trail/key.json" --signature "$work/trail/signature" "$work/trail/dump" ;;
    prune) echo prune --db "$2" --before 2024-02-27T05:30 ;;
    rules) echo rules check -q "$root"/docs/rules/rds-custom-runbook.json ;;
    news) echo report -q --new --for cron --db "$2" ;;
    esac
}

# The database that a command has: one of its own where it writes.
database_of() { # NAME
    case $1 in
    ingest | prune | news)
        rm -f "$work"/try.db*
        [ "$1" = ingest ] || cp "$work/whole.db" "$work/try.db"
        echo "$work/try.db"
        ;;
    *) echo "$work/whole.db" ;;
    esac
}

# recovers NAME DB WHAT STATUS: a command that writes and ends well has done its work. After any other end the same command again works, and
# the database is then what it is without the failure. What `report --new` told in full is not told again; what it did not tell in full is.
recovers() {
    local want_now=$want
    case $1 in
    ingest | prune | news) ;;
    *) return ;;
    esac
    [ "$1" != prune ] || want_now=$want_pruned
    [ "$4" != 0 ] || [ "$(content "$2")" = "$want_now" ] || bad "$3: exit 0 with another database"
    "$trailloop" $(command_of "$1" "$2") >"$work/again" 2>"$work/err" || bad "$3: the run after it: exit $?: $(head -1 "$work/err")"
    [ "$4" = 0 ] || [ "$(content "$2")" = "$want_now" ] || bad "$3: another database afterwards"
    [ "$1" != news ] || cmp -s "$work/again" "$work/news.out" || { [ ! -s "$work/again" ] && cmp -s "$work/out" "$work/news.out"; } ||
        bad "$3: news were lost"
}
