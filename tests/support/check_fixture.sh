#!/bin/sh
# check_fixture.sh MAKE_INCIDENT SCENARIO DIR: DIR/dump is what the generator makes of SCENARIO.
set -u
made=$(mktemp -d "${TMPDIR:-/tmp}/trailloop-fixture-XXXXXX") || exit 2
trap 'rm -rf "$made"' EXIT
"$1" "$2" "$made/dump" && diff -r "$made/dump" "$3/dump"
