#!/bin/sh
# banned.sh ROOT: none of the calls of tests/lint/banned.txt in src, comments and texts apart.
set -u
cd "$1" || exit 2
awk -F '\t' '
    FNR == NR && $1 == "tool" { tool[$2] = 1; next }
    FNR == NR { if ($0 !~ /^#/ && NF >= 2) { why[$1] = $2; home[$1] = $3; n++ } next }
    FILENAME in tool { next }
    FNR == 1 { in_comment = 0 }
    {
        line = $0
        gsub(/\\"/, "", line); gsub(/"[^"]*"/, "\"\"", line)          # texts
        if (in_comment) { if (sub(/^.*\*\//, "", line)) in_comment = 0; else next }
        while (match(line, /\/\*/)) {                                 # comments
            rest = substr(line, RSTART + 2)
            if (!match(rest, /\*\//)) { in_comment = 1; sub(/\/\*.*$/, "", line); break }
            sub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", line)
        }
        sub(/\/\/.*$/, "", line)
        while (match(line, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
            name = substr(line, RSTART, RLENGTH); sub(/[ \t]*\($/, "", name)
            if ((name in why) && (home[name] == "" || index(FILENAME, home[name] "/") != 1)) {
                printf "%s:%d: %s(): %s\n", FILENAME, FNR, name, why[name]; bad = 1
            }
            line = substr(line, RSTART + RLENGTH)
        }
    }
    END { if (n < 30) { print "the table of banned calls is not there"; exit 2 } exit bad }
' tests/lint/banned.txt $(find src -name '*.c' -o -name '*.h' | LC_ALL=C sort) || exit 1
echo "no banned call in src"
