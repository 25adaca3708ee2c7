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
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

bad() {
    n_bad=$((n_bad + 1))
    [ "$n_bad" -gt 20 ] || echo "BAD: $*" >&2
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
