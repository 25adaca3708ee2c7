#!/usr/bin/env bash
# analyse.sh [gcc|cppcheck|clang-tidy]...: static analysis of src: gcc -fanalyzer, cppcheck and clang-tidy (.clang-tidy), or those that are
# named. Builds into build-analyse. A finding is a line `file:line: [check] what`; those of tests/lint/known_findings.txt were looked at and
# are false. Ends with 1 when there is any other, or when a tool did not do its work. .ci/run runs it: two minutes on two processors.
set -u
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C
known=tests/lint/known_findings.txt
status=0
[ $# -gt 0 ] || set -- gcc cppcheck clang-tidy

rm -rf build-analyse
CC=gcc meson setup build-analyse -Dtests=disabled -Db_colorout=never -Dc_args=-fanalyzer >/dev/null || exit 2
database=build-analyse/compile_commands.json

# Each prints what a tool says, as it says it; the last line is `done` if it looked at all of src.
run_gcc() {
    ninja -C build-analyse -k0 2>&1 && echo done
}
run_cppcheck() {
    cppcheck --project="$database" -j"$(nproc)" --enable=warning,performance,portability --quiet --suppress=missingIncludeSystem \
        --template='{file}:{line}: {severity}: {message} [{id}]' 2>&1 && echo done
}
run_clang_tidy() {
    ninja -C build-analyse src/store/store_sql.h >/dev/null || return # made headers must be there
    mkdir -p build-analyse/tidy && sed 's/ -fanalyzer//' "$database" >build-analyse/tidy/compile_commands.json
    find src -name '*.c' | LC_ALL=C sort | xargs -P"$(nproc)" -n4 clang-tidy -p build-analyse/tidy --quiet \
        --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=16000 2>/dev/null && echo done
}

# findings SAID: one line each, without the ways that lead there, sorted, once.
findings() {
    sed -nE 's,^(.*/)?((src|include)/[^:]*):([0-9]+):([0-9]+:)? (warning|error|style|performance|portability): (.*) \[(.*)\]$,\2:\4: [\8] \7,p' "$1" |
        sort -u
}

for tool; do
    said=build-analyse/$tool.txt
    "run_${tool//-/_}" >"$said"
    if [ "$(tail -1 "$said")" != done ]; then
        tail -5 "$said"
        echo "$tool: did not look at all of src"
        status=1
        continue
    fi
    findings "$said" | awk -F '\t' -v tool="$tool" '
        FNR == NR {
            if ($0 ~ /^#/ || NF < 4) next
            if ($1 == tool) { check[++n] = $2; file[n] = $3 }
            next
        }
        {
            path = $0; sub(/:.*/, "", path)
            is = 0
            for (i = 1; i <= n; i++)
                if (path == file[i] && index($0, check[i])) { used[i] = 1; is = 1 }
            if (is) known++
            else { print tool ": " $0; bad++ }
        }
        END {
            for (i = 1; i <= n; i++)
                if (!used[i]) print tool ": note: no longer found: " check[i] " in " file[i]
            print tool ": " bad + 0 " findings, " known + 0 " more are known to be false"
            exit bad > 0
        }' "$known" - || status=1
done
exit "$status"
