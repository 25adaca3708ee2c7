#!/bin/sh
# mail.sh DATABASE ADDRESS: mails what changed since the last time, and nothing when nothing did. The subject is the report's first
# line. News wait in DATABASE.news until mail took them, so that a mail that failed goes out the next time.
set -eu
db=$1 to=$2 news=$1.news
trailloop report --new --for mail --db "$db" >>"$news"
[ -s "$news" ] || { rm -f "$news"; exit 0; }
mail -s "$(head -n 1 "$news")" "$to" <"$news" && rm "$news"
