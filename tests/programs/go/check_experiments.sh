#!/bin/sh
# check_experiments.sh TESTS RESULTS [RELEASE=EXPERIMENT...]: runs the tests of the Go reader, which
# are in the folder TESTS, against programs built with each experiment of a release, and writes a
# table to the file RESULTS. A RELEASE is a number such as 1.24. What passes belongs into the table of libctxtrace/golang/binary/experiments.c.
# Run it in tests/unit. Toolchains come from the Go module proxy.
set -u
tests=$1
results=$2
shift 2
[ $# -gt 0 ] || set -- \
    1.18=unified 1.18=nopacerredesign 1.18=heapminimum512kib \
    1.22=noallocheaders 1.22=noexectracer2 1.22=arenas 1.22=boringcrypto \
    1.22=heapminimum512kib 1.22=loopvar 1.22=rangefunc \
    1.23=aliastypeparams 1.23=arenas 1.23=boringcrypto \
    1.24=noswissmap 1.24=nospinbitmutex 1.24=nosynchashtriemap \
    1.24=noaliastypeparams 1.24=synctest 1.24=arenas 1.24=boringcrypto \
    1.25=greenteagc 1.25=jsonv2 1.25=nodwarf5 1.25=noswissmap \
    1.25=nosynchashtriemap 1.25=synctest 1.25=arenas 1.25=boringcrypto \
    1.26=nogreenteagc 1.26=goroutineleakprofile 1.26=jsonv2 1.26=nodwarf5 \
    1.26=norandomizedheapbase64 1.26=sizespecializedmalloc 1.26=runtimefreegc \
    1.26=runtimesecret 1.26=simd 1.26=cgocheck2 1.26=heapminimum512kib \
    1.26=arenas 1.26=boringcrypto \
    1.27=nogreenteagc 1.27=nojsonv2 1.27=nodwarf5 1.27=norandomizedheapbase64 \
    1.27=nosizespecializedmalloc 1.27=runtimefreegc 1.27=runtimesecret \
    1.27=simd 1.27=mapsplitgroup 1.27=cgocheck2 1.27=heapminimum512kib \
    1.27=arenas 1.27=boringcrypto
work=$(mktemp)
trap 'rm -f "$work"' EXIT
cat >"$work" <<'EOF'
# The experiments of Go that the reader was run with

Written by the build target `check_go_experiments`: each test builds its programs with that
`GOEXPERIMENT`, and looks at them while they run. Proofs are made of programs with the
experiments that passed all of it, and of no others.

| release | experiment | goroutines equal the own dump | contexts and waits | proofs, silence | roots |
|---|---|---|---|---|---|
EOF
CTXTRACE_TEST_ANY_BUILD=yes
export CTXTRACE_TEST_ANY_BUILD
for build in "$@"; do
    release=$("$(dirname "$0")/../../go_releases.sh" "${build%%=*}") || exit 1
    row="| $release | ${build#*=} |"
    for test in goroutines contexts proof marking; do
        if output=$(GOTOOLCHAIN=$release GOEXPERIMENT=${build#*=} \
            "$tests/unit_golang_test_$test" 2>&1); then
            passed=$(printf '%s\n' "$output" |
                awk '/ PASSED / { sum += $4 } END { print sum + 0 }')
            row="$row $passed passed |"
        else
            printf '%s\n' "$output" >&2
            row="$row FAILED |"
        fi
    done
    echo "$row"
    echo "$row" >>"$work"
done
cp "$work" "$results"
