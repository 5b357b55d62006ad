#!/bin/sh
# check_releases.sh TESTS RESULTS [RELEASE...]: runs the tests of the Go reader, which are in the
# folder TESTS, against programs built with each release, and writes a table to the file RESULTS.
# Run it in tests/unit. Toolchains come from the Go module proxy.
set -u
tests=$1
results=$2
shift 2
# shellcheck disable=SC2046 # one word for each release
[ $# -gt 0 ] || set -- $("$(dirname "$0")/../../go_releases.sh")
work=$(mktemp)
trap 'rm -f "$work"' EXIT
failed=0
cat >"$work" <<'EOF'
# The Go releases that the reader was run against

Written by the build target `check_go_releases`: each test builds its programs with that
release for linux/amd64 (as usual; stripped; position independent and stripped; without
optimisation), and looks at them while they run.

| release | goroutines equal the own dump | contexts and waits | proofs, silence | roots | layout |
|---|---|---|---|---|---|
EOF
for release in "$@"; do
    row="| $release |"
    for test in goroutines contexts proof marking version; do
        if output=$(GOTOOLCHAIN=$release "$tests/unit_golang_test_$test" 2>&1); then
            passed=$(printf '%s\n' "$output" |
                awk '/ PASSED / { sum += $4 } END { print sum + 0 }')
            row="$row $passed passed |"
            case $output in
            *skipped:*) row="$row (skipped)" failed=1 ;;
            esac
        else
            printf '%s\n' "$output" >&2
            row="$row FAILED |"
            failed=1
        fi
    done
    echo "$row"
    echo "$row" >>"$work"
done
cp "$work" "$results"
exit $failed
