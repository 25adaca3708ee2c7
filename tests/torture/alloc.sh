#!/usr/bin/env bash
# alloc.sh short|places|long: every allocation may fail, once or from then on. Each place of the program that asks for memory, itself or by a
# library, is refused it once, in the first command that comes there. A place is known by the program's innermost two frames on the stack
# (short), or by all of them (places, long). With `long`, 500 allocations spread over all of each command fail, too. Every later one fails as
# well in two runs of each command (100 with `long`). Each run must end with 0 or 4 and a line that says why, by no signal, leave no more
# blocks unfreed than a run in which nothing fails, and do no harm: the same command afterwards gives what it gives without the failure.
. "${0%/*}/lib.sh"
[ -z "${TORTURE_SANITIZED-}" ] || { echo "skipped: a sanitizer has an allocator of its own"; exit 77; }
shim=$TORTURE_BUILD/fail_alloc.so
export FAIL_REPORT=$work/report
commands="$commands text html markdown csv prometheus"
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

# spread N ALL: N numbers or so from 1 to ALL.
spread() {
    seq 1 $(($2 / $1 + 1)) "$2"
}

declare -A live
n_runs=0
[ "$form" = short ] && key=2 || key=3
: >"$work/seen"
for name in $commands; do
    n_bad_before=$n_bad n_before=$n_runs
    db=$(database_of "$name")
    FAIL_SITES=$work/sites LD_PRELOAD="$shim" "$trailloop" $(command_of "$name" "$db") >"$work/out"
    read -r n_all live[$name] <"$work/report" && [ "$n_all" -gt 100 ] || { bad "$name: its allocations were not counted"; continue; }
    awk -v key=$key 'FILENAME == ARGV[1] { seen[$1] = 1; next } !seen[$key]++ { print $1, $key }' "$work/seen" "$work/sites" >"$work/new"
    cut -d' ' -f2 "$work/new" >>"$work/seen"
    once='' on=2
    [ "$form" != long ] || { once=$(spread 500 "$n_all") on=100; }
    for n in $(cut -d' ' -f1 "$work/new") $once; do try "$name" "$n" ''; done
    for n in $(spread "$on" "$n_all"); do try "$name" "$n" on; done
    echo "$name: $n_all allocations, $(wc -l <"$work/new") new places, $((n_runs - n_before)) runs: $((n_bad - n_bad_before)) bad"
done
[ "$(wc -l <"$work/seen")" -gt 300 ] || bad "only $(wc -l <"$work/seen") places were found"
finish "$n_runs failed allocations"
