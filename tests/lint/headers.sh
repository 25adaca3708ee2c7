#!/bin/sh
# headers.sh ROOT BUILD COMPILER...: each header, contract or private, compiles alone, with the compiler of this build and with
# gcc and clang where they are installed: whoever includes it needs nothing before it. BUILD holds the generated ones.
set -u
cd "$1" || exit 2
build=$2
shift 2
status=0
n=0
for cc in "$*" gcc clang; do
    command -v "${cc%% *}" >/dev/null 2>&1 || { echo "$cc is not installed: passed over"; continue; }
    for h in include/trailloop/*.h $(find src tests/support -name '*.h' | LC_ALL=C sort); do
        # A header on its own has functions nobody calls, and macros nobody uses: that is no fault.
        $cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-function -Werror -fsyntax-only -x c -Iinclude \
            -I"$(dirname "$h")" -I"$build/$(dirname "$h")" -include "$h" /dev/null || { echo "$h does not compile alone with $cc"; status=1; }
        n=$((n + 1))
    done
done
[ "$n" -gt 10 ] || { echo "only $n headers found"; exit 2; }
[ "$status" = 0 ] && echo "$n headers compile alone"
exit "$status"
