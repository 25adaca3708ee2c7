#!/bin/sh
# pages.sh PAGES-PROGRAM BUILT-PAGES SOURCE-ROOT TRAILLOOP: every command and option of the tables is in --help, in the manual, in
# docs/COMMANDS.md and in each shell's completion; the manual is well formed; every example in it runs.
set -u
pages=$1 built=$2 root=$3 exe=$4
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1709100000 NO_COLOR=1
bad=0
fail() { echo "$*"; bad=1; }

"$pages" list >"$dir/list"
grep '^command ' "$dir/list" | while read -r _ command; do
    [ -f "$built/trailloop-$command.1" ] || { echo "no manual page is built for '$command': name it in src/cli/meson.build"; exit 1; }
    grep -q "^## $command\$" "$root/docs/COMMANDS.md" || { echo "docs/COMMANDS.md has no section '## $command'"; exit 1; }
    grep -q "^example $command " "$dir/list" || { echo "'$command' has no example: give one in its descriptor"; exit 1; }
    "$exe" "$command" --help >"$dir/help-$command"
    sed -n "/^## $command\$/,/^## /p" "$root/docs/COMMANDS.md" >"$dir/docs-$command"
    sed 's/\\-/-/g; s/\\f[BIR]//g' "$built/trailloop-$command.1" >"$dir/man-$command"
    grep "^ *$command) words=' --\|^ *$command) words='.*--help" "$built/trailloop" >"$dir/bash-$command" || echo "bash knows no options of '$command'"
    sed -n "/^        $command)\$/,/;;/p" "$built/_trailloop" >"$dir/zsh-$command"
    grep "seen_subcommand_from $command'" "$built/trailloop.fish" >"$dir/fish-$command"
done || bad=1
grep '^option ' "$dir/list" | while read -r _ command option; do
    for place in help docs man zsh; do
        grep -q -e "--$option\\b" "$dir/$place-$command" || echo "$place of $command: --$option is not in it"
    done
    grep -q -e "--$option\\b" "$dir/bash-$command" || echo "bash of $command: --$option is not in it"
    grep -q -e "-l $option\\b" "$dir/fish-$command" || echo "fish of $command: --$option is not in it"
done >"$dir/missing"
[ -s "$dir/missing" ] && { cat "$dir/missing"; bad=1; }

# Well formed: by mandoc, or by man where that is what there is.
for page in "$built"/*.1; do
    if command -v mandoc >/dev/null; then
        mandoc -Tlint -Wwarning "$page" || fail "$page: see above"
    elif command -v groff >/dev/null; then
        [ -z "$(groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null)" ] || fail "$page: groff warns of it"
    fi
done

# The examples, as the manual shows them, one after the other in one directory.
mkdir -p "$dir/bin" "$dir/work"
ln -s "$exe" "$dir/bin/trailloop"
cp -R "$root/fixtures/scenarios/incident/dump/AWSLogs" "$dir/work/"
cd "$dir/work"
export PATH="$dir/bin:$PATH"
grep '^command ' "$dir/list" | while read -r _ command; do
    sed -n '/^\.EX$/,/^\.EE$/{/^\.E[XE]$/d;p}' "$built/trailloop-$command.1"
done | sed 's/\\-/-/g; s/\\(aq/'"'"'/g; s/\\(dq/"/g; s/\\(ti/~/g; s/\\(ha/^/g; s/\\e/\\/g; s/^\\&//' >"$dir/examples"
[ "$(wc -l <"$dir/examples")" = "$(grep -c '^example ' "$dir/list")" ] || fail "not every example is in the manual"
while IFS= read -r example; do
    sh -c "$example" </dev/null >"$dir/out" 2>&1
    case $? in
    0 | 3) ;; # done; 3: and there is something to say, as of a dump without digests
    *) fail "failed: $example"; cat "$dir/out" ;;
    esac
    grep -H '^trailloop: ' "$dir/out" && fail "complains: $example"
done <"$dir/examples"
exit "$bad"
