#!/usr/bin/env bash
# alloc.sh short|long: every allocation may fail, once or from then on. Of ingest, report and show, the n-th allocation fails:
# for every n (long), or for a few hundred spread over all of them (short). Each run must end with 0 or 4 and one line that says why, by no
# signal, leave no more blocks unfreed than a run in which nothing fails, and do no harm: the same command afterwards
# gives what it gives without the failure.
. "${0%/*}/lib.sh"
[ -z "${TORTURE_SANITIZED-}" ] || { echo "skipped: a sanitizer has an allocator of its own"; exit 77; }
shim=$TORTURE_BUILD/fail_alloc.so
export FAIL_REPORT=$work/report

make_dump "$work/all"
mkdir "$work/dump" # a loop in two files is enough: more records only do the same again
cp $(find "$work/all" -type f | sort | sed -n 2,3p) "$work/dump"
"$trailloop" ingest -q --db "$work/whole.db" "$work/dump" >/dev/null || exit 1
want=$(content "$work/whole.db")
loop=$(sqlite3 "$work/whole.db" 'SELECT id FROM loops LIMIT 1')

# command NAME DB: the words of the command.
command_of() {
    case $1 in
    ingest) echo ingest -q -j1 --db "$2" "$work/dump" ;;
    report) echo report -q --format json --db "$2" ;;
    show) echo show -q --db "$2" "$loop" ;;
    esac
}

# try NAME N ON: one run with one failure (and all later ones, with ON), and one without.
try() {
    local name=$1 n=$2 on=$3 db=$work/whole.db status n_calls n_live
    [ "$name" != ingest ] || { db=$work/try.db; rm -f "$db" "$db"-*; }
    env FAIL_AT="$n" ${on:+FAIL_ON=1} LD_PRELOAD="$shim" "$trailloop" $(command_of "$name" "$db") >"$work/out" 2>"$work/err"
    status=$?
    read -r n_calls n_live <"$work/report"
    case $status in
    0) [ "$name" = ingest ] || cmp -s "$work/out" "$work/$name.out" || bad "$name, allocation $n${on:+ and on}: exit 0 with another output" ;;
    4) [ "$(wc -l <"$work/err")" -ge 1 ] || bad "$name, allocation $n${on:+ and on}: exit 4 without a word" ;;
    *) bad "$name, allocation $n${on:+ and on}: exit $status: $(head -1 "$work/err")" ;;
    esac
    # Where libcrypto goes on without an algorithm's second name it loses two blocks, and we never know.
    [ "$n_live" -le $((live[$name] + (status == 0 ? 2 : 0))) ] || bad "$name, allocation $n${on:+ and on}: $n_live blocks were not freed, ${live[$name]} usually"
    n_runs=$((n_runs + 1))
    [ "$name" = ingest ] || return
    "$trailloop" $(command_of ingest "$db") >/dev/null 2>"$work/err" || bad "ingest after the failure of allocation $n: $(head -1 "$work/err")"
    [ "$(content "$db")" = "$want" ] || bad "ingest, allocation $n${on:+ and on}: another database afterwards"
}

declare -A live
n_runs=0
for name in ingest report show; do
    db=$work/whole.db
    [ "$name" != ingest ] || db=$work/try.db
    LD_PRELOAD="$shim" "$trailloop" $(command_of "$name" "$db") >"$work/$name.out" || exit 1
    read -r n_all live[$name] <"$work/report"
    # libcrypto 3.0 loses a name and its string when an allocation fails while it fills its table of algorithms.
    [ "$name" != ingest ] || live[$name]=$((live[$name] + 2))
    step=1
    [ "$form" = long ] || step=$((n_all / 40 + 1))
    for ((n = 1; n <= n_all; n += step)); do try "$name" "$n" ''; done
    for ((n = 1; n <= n_all; n += step * 10)); do try "$name" "$n" on; done
    echo "$name: $n_all allocations, every ${step}th failed"
done
finish "$n_runs failed allocations"
