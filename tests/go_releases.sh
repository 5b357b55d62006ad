#!/bin/sh
# go_releases.sh [WHICH...]: the releases of Go that are read and tested, one a line, oldest first, as
# the table of layouts has them. WHICH is oldest, middle, newest, or a number such as 1.24.
set -eu
table=$(dirname "$0")/../libctxtrace/golang/binary/layout_table.c
all=$(sed -n 's/^ *\.tested = "\(go[0-9.]*\)",$/\1/p' "$table")
if [ $# -eq 0 ]; then
    printf '%s\n' "$all"
    exit
fi
count=$(printf '%s\n' "$all" | wc -l)
for which in "$@"; do
    case $which in
    oldest) line=1p ;;
    middle) line="$(((count + 1) / 2))p" ;;
    newest) line="${count}p" ;;
    *) line="/^go$which\\./p" ;;
    esac
    release=$(printf '%s\n' "$all" | sed -n "$line")
    [ -n "$release" ] || { echo "there is no release $which in $table" >&2; exit 1; }
    printf '%s\n' "$release"
done
