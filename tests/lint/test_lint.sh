#!/bin/sh
# test_lint.sh ROOT BUILD: the lints find what they are for, in a copy of the project with one fault planted at a time.
set -u
copy=$(mktemp -d "${TMPDIR:-/tmp}/trailloop-lint-XXXXXX") || exit 2
trap 'rm -rf "$copy"' EXIT
status=0

root=$1
build=$2
plant() { # what, file, line to add, lint, text that must be said
    rm -rf "$copy/root"
    mkdir -p "$copy/root/tests" || exit 2
    cp -R "$root/src" "$root/include" "$copy/root" && cp -R "$root/tests/lint" "$root/tests/support" "$copy/root/tests" || exit 2
    printf '%s\n' "$3" >>"$copy/root/$2"
    said=$(sh "$root/tests/lint/$4" "$copy/root" "$build" cc 2>&1)
    if [ $? = 0 ] || ! printf '%s\n' "$said" | grep -qF "$5"; then
        printf 'not found: %s\n%s\n' "$1" "$said"
        status=1
    fi
}

plant 'detect that sees the store' src/detect/chains.c '#include "trailloop/store.h"' layers.sh 'may not include trailloop/store.h'
plant 'SQLite outside the store' src/base/str.c '#include <sqlite3.h>' layers.sh 'may not include sqlite3.h'
plant 'a path into another stage' src/base/str.c '#include "../json/index.h"' layers.sh 'may not include ../json/index.h'
plant 'base.h that sees a stage' include/trailloop/base.h '#include "trailloop/event.h"' layers.sh 'may not include trailloop/event.h'
plant 'a header that needs another one' include/trailloop/limits.h 'extern tl_str tl_unknown;' headers.sh 'limits.h does not compile alone'
plant 'strcpy' src/base/str.c 'void f(char *a); void f(char *a) { strcpy(a, "x"); }' banned.sh 'strcpy()'
plant 'printf below the command line' src/base/str.c 'void f(void); void f(void) { printf ("x"); }' banned.sh 'printf()'
exit "$status"
