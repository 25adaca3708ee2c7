#!/bin/sh
# complete.sh SHELL BUILT-PAGES TRAILLOOP: what SHELL (bash, zsh or fish) offers for the command lines below, asked of the shell itself.
set -u
shell=$1 built=$2 exe=$3
command -v "$shell" >/dev/null || { echo "skipped: needs $shell"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/work" "$dir/home"
ln -s "$exe" "$dir/bin/trailloop"
export PATH="$dir/bin:$PATH" HOME="$dir/home" XDG_CONFIG_HOME="$dir/home" XDG_DATA_HOME="$dir/home" LC_ALL=C.UTF-8 TERM=dumb
cd "$dir/work" || exit 1
mkdir AWSLogs
: >AWS.db

# zsh completes on a terminal only: it gets one. What is offered passes through compadd, which prints it here, and adds nothing.
cat >"$dir/init.zsh" <<END
PROMPT=
fpath=($built \$fpath)
autoload -Uz compinit && compinit -u -d "$dir/zcompdump"
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
finish() { print -r -- end-of-offers; exit }
comppostfuncs=(finish)
compadd() {
    if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "\$@"
        return
    fi
    local -a hits
    builtin compadd -A hits "\$@"
    ((\$#hits)) && print -rl -- "" "\${(@)hits/#/<}"
}
print -r -- ready-"now"
END
cat >"$dir/ask.zsh" <<END
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "source $dir/init.zsh"
zpty -r -m z reply '*ready-now*'
zpty -w -n z "\$1"\$'\t'
zpty -r -m z reply '*end-of-offers*'
print -r -- \$reply
zpty -d z
END

# What the shell makes of a line; one candidate a line, without descriptions.
offers() {
    case $shell in
    bash)
        bash --norc -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _trailloop; printf "%s\n" "${COMPREPLY[@]}"' \
            bash "$built/trailloop" "$@"
        ;;
    fish) fish --no-config -c "source $built/trailloop.fish; complete -C '$*'" | cut -f1 ;;
    zsh) zsh -f "$dir/ask.zsh" "$*" | tr -d '\r' | sed -n 's/^<//p' ;;
    esac | sort -u
}

bad=0
# expect 'A B' LINE...: all of these are offered. refuse 'A B' LINE...: none is.
expect() {
    want=$1
    shift
    offers "$@" >"$dir/offers"
    for w in $want; do
        grep -qx -e "$w" "$dir/offers" || { echo "'$*' is not offered '$w', but:" $(cat "$dir/offers"); bad=1; }
    done
}
refuse() {
    not=$1
    shift
    offers "$@" >"$dir/offers"
    for w in $not; do
        grep -qx -e "$w" "$dir/offers" && { echo "'$*' is offered '$w'"; bad=1; }
    done
}

expect 'scan ingest report show whatif stats prune help' trailloop ''
expect 'report' trailloop rep
expect '--help --version' trailloop --
expect '--db --format --since --jobs --min-cycles' trailloop scan --
expect '--new --for --fail-on' trailloop report --
refuse '--new --before' trailloop scan --
expect '--before' trailloop prune --b
expect 'json csv text' trailloop report --format ''
expect 'json' trailloop report --format js
expect 'loops running' trailloop report --db x --fail-on ''
expect 'auto always never' trailloop stats --color ''
expect 'scan report' trailloop help ''
expect 'list show check' trailloop rules ''
refuse 'AWS.db' trailloop report --since ''
case $shell in
bash) expect 'AWSLogs AWS.db' trailloop scan AW ;; # the others add a slash
*) offers trailloop scan AW | grep -q '^AWSLogs' || { echo "'trailloop scan AW' is not offered AWSLogs"; bad=1; } ;;
esac
expect 'AWS.db' trailloop report --db AW
[ "$shell" = bash ] && expect 'json' trailloop report --format = js
exit "$bad"
