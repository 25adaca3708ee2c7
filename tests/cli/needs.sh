#!/bin/sh
# needs.sh TOOL... -- COMMAND...: runs COMMAND where every TOOL is there (`python3:module` is a module of Python's); else says which
# is missing and skips.
while [ "$1" != -- ]; do
    case $1 in
    python3:*) python3 -c "import ${1#python3:}" 2>/dev/null || { echo "skipped: no python3 with ${1#python3:}"; exit 77; } ;;
    *) command -v "$1" >/dev/null || { echo "skipped: $1 is not installed"; exit 77; } ;;
    esac
    shift
done
shift
exec "$@"
