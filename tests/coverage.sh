#!/bin/sh
# tests/coverage.sh [long]: how many lines of src the tests run, first without fault injection (tests/torture), then with it: with `long`
# every allocation and every system call fails once, which takes an hour. Builds into build-coverage, without optimisation and without the
# sandbox (the counters are written at the end of each run); lines that no test runs are listed in build-coverage/uncovered.txt.
# Needs gcovr. Ends with 1 when a test fails or less than 95 % of the lines were run with fault injection.
set -u
cd "$(dirname "$0")/.." || exit 2
form=${1:-short}
[ -d build-coverage ] || CC=gcc meson setup build-coverage -Db_coverage=true -Dbuildtype=debug >/dev/null || exit 2
find build-coverage -name '*.gcda' -delete
ninja -C build-coverage >/dev/null || exit 2
status=0

report() { # what was run
    gcovr --root . --filter src/ --object-directory build-coverage --exclude-throw-branches --txt build-coverage/lines.txt \
        --json-summary build-coverage/summary.json >build-coverage/gcovr.txt 2>&1 || { tail -3 build-coverage/gcovr.txt; exit 2; }
    awk -v what="$1" 'match($0, /"line_covered": [0-9]+/) { covered = substr($0, RSTART + 16, RLENGTH - 16) }
        match($0, /"line_total": [0-9]+/) { total = substr($0, RSTART + 14, RLENGTH - 14) }
        END { printf "%s: %d of %d lines, %.1f %%\n", what, covered, total, 100 * covered / total; exit covered < 0.95 * total }' \
        build-coverage/summary.json
}

meson test -C build-coverage --no-suite torture --no-suite lint --no-suite bench -t 10 >build-coverage/tests.txt 2>&1 || status=1
report 'without fault injection'
if [ "$form" = long ]; then
    for name in alloc call disk kill power writers; do
        TRAILLOOP_EXE=$PWD/build-coverage/trailloop TORTURE_BUILD=$PWD/build-coverage/tests/torture bash "tests/torture/$name.sh" long || status=1
    done
else
    meson test -C build-coverage --suite torture -t 10 >>build-coverage/tests.txt 2>&1 || status=1
fi
report 'with fault injection' || status=1
grep -E '^ *[0-9]+/[0-9]+ .*(FAIL|TIMEOUT|ERROR)' build-coverage/tests.txt
exit "$status"
