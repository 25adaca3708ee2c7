#!/bin/sh
# hardened.sh PROGRAM FORTIFY: the built program is hardened as meson.build says; FORTIFY is true or false.
set -u
program=$1 fortify=$2
command -v readelf >/dev/null || { echo "skipped: needs readelf"; exit 77; }
export LC_ALL=C
status=0
must() { # what, whether
    [ "$2" = 0 ] && return
    echo "not so: $1"
    status=1
}
has() { printf '%s\n' "$2" | grep -qE "$1"; }

header=$(readelf -hW "$program")
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
symbols=$(readelf --dyn-syms -W "$program")
notes=$(readelf -nW "$program")

has 'Type: +DYN' "$header"
must 'position-independent executable' $?
has 'GNU_RELRO' "$segments"
must 'relocations are read-only' $?
has 'FLAGS.*(BIND_NOW|NOW)' "$dynamic"
must 'all symbols are bound at start (full RELRO)' $?
has 'GNU_STACK +([^ ]+ +){5}RW ' "$segments"
must 'the stack cannot be run' $?
! has 'LOAD.* RWE ' "$segments"
must 'no segment can be both written and run' $?
! has 'TEXTREL|RPATH|RUNPATH' "$dynamic"
must 'no text relocations, no search path of its own' $?
has '__stack_chk_fail' "$symbols"
must 'stack protector' $?
if [ "$fortify" = true ]; then
    has '_chk(@|$)' "$symbols" && has '__(memcpy|snprintf|vsnprintf|read|realpath)_chk' "$symbols"
    must 'FORTIFY_SOURCE' $?
fi
case $(readelf -hW "$program" | sed -n 's/.*Machine: *//p') in
*X86-64*)
    has 'SHSTK' "$notes"
    must 'shadow stacks (CET)' $?
    if command -v objdump >/dev/null; then
        [ "$(objdump -d --no-show-raw-insn "$program" | grep -c endbr64)" -gt 100 ]
        must 'indirect branches land on ENDBR64 (CET)' $?
    fi
    ;;
esac
[ "$status" = 0 ] && echo "hardened: $program"
exit "$status"
