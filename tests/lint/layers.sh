#!/bin/sh
# layers.sh ROOT: every #include in src and include/trailloop against tests/lint/layers.txt.
# Said of each one that is not allowed: file, line, header. A directory or contract header without a row is an error too.
set -u
cd "$1" || exit 2
table=tests/lint/layers.txt

check() { # row-name file
    awk -v name="$1" -v file="$2" '
        FNR == NR {
            if ($0 ~ /^#/ || $0 !~ /:/) next
            split($0, half, ":"); key = half[1]; gsub(/ /, "", key)
            if (key != name) next
            known = 1
            rest = half[2]
            if (match(rest, /\[.*\]/)) {
                n = split(substr(rest, RSTART + 1, RLENGTH - 2), word, " ")
                for (i = 1; i <= n; i++) outside[word[i]] = 1
                rest = substr(rest, 1, RSTART - 1)
            }
            n = split(rest, word, " ")
            for (i = 1; i <= n; i++) own["trailloop/" word[i] ".h"] = 1
            next
        }
        FNR == 1 && !known { print file ": no row for \"" name "\" in the table of layers"; bad = 1; exit }
        /^[ \t]*#[ \t]*include/ {
            header = $0
            sub(/^[^<"]*[<"]/, "", header); sub(/[>"].*$/, "", header)
            if (header ~ /^trailloop\//) { if (!(header in own)) report(header) }
            else if (header ~ /^(zlib|jansson|sqlite3|isa-l|libdeflate)(\.h|\/)/ || header ~ /^(openssl|cmocka)/) {
                if (!(header in outside)) report(header)
            } else if ($0 ~ /"/ && header ~ /\.\.\//) report(header)
        }
        function report(h) { printf "%s:%d: may not include %s\n", file, FNR, h; bad = 1 }
        END { exit bad }' "$table" "$2" || status=1
}

status=0
n=0
for f in include/trailloop/*.h; do
    check "$(basename "$f")" "$f"
    n=$((n + 1))
done
for f in $(find src -name '*.c' -o -name '*.h' | LC_ALL=C sort); do
    dir=${f#src/}
    check "src/${dir%%/*}" "$f"
    n=$((n + 1))
done
[ "$n" -gt 20 ] || { echo "only $n files found under '$1': is that the project's root?"; exit 2; }
[ "$status" = 0 ] && echo "$n files keep to their layers"
exit "$status"
