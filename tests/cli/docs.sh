#!/bin/sh
# docs.sh EXE SOURCE-ROOT FILE [--write]: the commands shown in FILE's ```console blocks print what FILE says they print.
# Each line that starts with "$ " is run, in a directory that has fixtures, docs and build/trailloop, and what it prints (both
# streams) must be what follows it. --write puts the real output into FILE instead.
set -eu
exe=$1 root=$2 file=$3 mode=${4-}
command -v sqlite3 >/dev/null || { echo "skipped: needs sqlite3"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/work" "$dir/work/build"
ln -s "$root/fixtures" "$root/docs" "$dir/work/"
ln -s "$exe" "$dir/work/build/trailloop"
# A mail that shows what it would send.
printf '#!/bin/sh\necho "To: $3"\necho "Subject: $2"\necho\ncat\n' >"$dir/work/build/mail"
chmod +x "$dir/work/build/mail"
cd "$dir/work"
export PATH="$dir/work/build:$PATH" LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1709100000 NO_COLOR=1 COLUMNS=100

console=
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '```console') console=yes; printf '%s\n' "$line" ;;
    '```') console=; printf '%s\n' "$line" ;;
    '$ '*)
        printf '%s\n' "$line"
        [ -z "$console" ] || sh -c "${line#??}" </dev/null 2>&1 || :
        ;;
    *) [ -n "$console" ] || printf '%s\n' "$line" ;;
    esac
done <"$root/$file" >"$dir/real"

if [ "$mode" = --write ]; then
    cp "$dir/real" "$root/$file"
else
    diff -u "$root/$file" "$dir/real"
fi
