#!/usr/bin/env bash
# alloc.sh short|long: every allocation may fail, once or from then on. Of each command that reads or writes a database or a dump the n-th
# allocation fails: for a dozen n each (short), or for two thousand spread over all of them (long; all of the first five hundred, where
# each is another one). Each run must end with 0 or 4 and a line that says why, by no signal, leave no more blocks unfreed than
# a run in which nothing fails, and do no harm: the same command afterwards gives what it gives without the failure.
. "${0%/*}/lib.sh"
[ -z "${TORTURE_SANITIZED-}" ] || { echo "skipped: a sanitizer has an allocator of its own"; exit 77; }
shim=$TORTURE_BUILD/fail_alloc.so
export FAIL_REPORT=$work/report
make_commands

# try NAME N ON: one run with one failure (and all later ones, with ON), and one without.
try() {
    local name=$1 n=$2 on=$3 what="$1, allocation $2${3:+ and on}" db status n_calls n_live
    db=$(database_of "$name")
    env FAIL_AT="$n" ${on:+FAIL_ON=1} LD_PRELOAD="$shim" "$trailloop" $(command_of "$name" "$db") >"$work/out" 2>"$work/err"
    status=$?
    read -r n_calls n_live <"$work/report"
    case $status in
    "${ends[$name]}") cmp -s "$work/out" "$work/$name.out" || bad "$what: exit $status with another output" ;;
    4) [ -s "$work/err" ] || bad "$what: exit 4 without a word" ;;
    *) bad "$what: exit $status: $(head -1 "$work/err")" ;;
    esac
    [ "$n_live" -le "${live[$name]}" ] || bad "$what: $n_live blocks were not freed, ${live[$name]} usually"
    n_runs=$((n_runs + 1))
    recovers "$name" "$db" "$what" "$status"
}

declare -A live
n_runs=0
for name in $commands; do
    n_bad_before=$n_bad
    db=$(database_of "$name")
    LD_PRELOAD="$shim" "$trailloop" $(command_of "$name" "$db") >"$work/out"
    read -r n_all live[$name] <"$work/report" && [ "$n_all" -gt 100 ] || { bad "$name: its allocations were not counted"; continue; }
    step=$((n_all / 12 + 1)) first=1
    [ "$form" = short ] || { step=$((n_all / 1500 + 1)) first=500; }
    for ((n = 1; n <= n_all; n += n < first ? 1 : step)); do try "$name" "$n" ''; done
    for ((n = 1; n <= n_all; n += step * 6)); do try "$name" "$n" on; done
    echo "$name: $n_all allocations, every ${step}th failed: $((n_bad - n_bad_before)) bad"
done
finish "$n_runs failed allocations"
