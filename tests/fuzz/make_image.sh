#!/bin/sh
# Makes a small Go program's core and keeps it with its executable, for fuzz_heap and fuzz_layout:
#
#     make_image.sh DIRECTORY
#
# Exit status 77 where there is no go or no gcore.
set -eu
command -v go >/dev/null && command -v gcore >/dev/null || exit 77
source=$(cd "$(dirname "$0")/../programs/go" && pwd)/leaks.go
mkdir -p "$1"
cd "$1"
GO111MODULE=on GOWORK=off GOFLAGS=-buildvcs=false go build '-ldflags=-s -w' -o program "$source"
rm -f input output
mkfifo input output
GOMAXPROCS=2 ./program <input >output &
program=$!
trap 'kill -9 $program; rm -f input output core.$program' EXIT
exec 3>input 4<output
read -r _ <&4 # it says that it is ready
gcore -o core $program >/dev/null 2>&1 || exit 77
# What the program only reserved is dumped as zeroes, a gigabyte of them.
fallocate --dig-holes core.$program
mv core.$program core
