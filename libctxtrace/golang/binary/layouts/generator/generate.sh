#!/bin/sh
# generate.sh GENERATOR RELEASE...: writes go1_MINOR.h beside this folder for each release, e.g.
#     generate.sh build/libctxtrace/generate_layouts go1.25.4 go1.26.8
# Toolchains come from the Go module proxy (GOTOOLCHAIN). Then commit the file and its row in
# layout_table.c.
set -eu
generator=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for release in "$@"; do
    minor=${release#go1.}
    minor=${minor%%.*}
    cp "$here/program.go" "$work/"
    (cd "$work" && rm -f go.mod && printf 'module layout\n\ngo 1.%s\n' "$minor" >go.mod &&
        GOTOOLCHAIN=$release GOFLAGS=-buildvcs=false CGO_ENABLED=0 go build -o program program.go)
    "$generator" "$minor" "$work/program" >"$work/row"
    mv "$work/row" "$here/../go1_$minor.h"
    echo "$release: go1_$minor.h"
done
