#!/bin/sh
# check_experiments.sh TESTS RESULTS [RELEASE=EXPERIMENT...]: runs the tests of the Go reader, which
# are in the folder TESTS, against programs built with each experiment of a release, and writes a
# table to the file RESULTS. What passes belongs into the table of libctxtrace/golang/binary/experiments.c.
# Run it in tests/unit. Toolchains come from the Go module proxy.
set -u
tests=$1
results=$2
shift 2
[ $# -gt 0 ] || set -- \
    go1.18.10=unified go1.18.10=nopacerredesign go1.18.10=heapminimum512kib \
    go1.22.12=noallocheaders go1.22.12=noexectracer2 go1.22.12=arenas go1.22.12=boringcrypto \
    go1.22.12=heapminimum512kib go1.22.12=loopvar go1.22.12=rangefunc \
    go1.23.12=aliastypeparams go1.23.12=arenas go1.23.12=boringcrypto \
    go1.24.9=noswissmap go1.24.9=nospinbitmutex go1.24.9=nosynchashtriemap \
    go1.24.9=noaliastypeparams go1.24.9=synctest go1.24.9=arenas go1.24.9=boringcrypto \
    go1.25.4=greenteagc go1.25.4=jsonv2 go1.25.4=nodwarf5 go1.25.4=noswissmap \
    go1.25.4=nosynchashtriemap go1.25.4=synctest go1.25.4=arenas go1.25.4=boringcrypto \
    go1.26.8=nogreenteagc go1.26.8=goroutineleakprofile go1.26.8=jsonv2 go1.26.8=nodwarf5 \
    go1.26.8=norandomizedheapbase64 go1.26.8=sizespecializedmalloc go1.26.8=runtimefreegc \
    go1.26.8=runtimesecret go1.26.8=simd go1.26.8=cgocheck2 go1.26.8=heapminimum512kib \
    go1.26.8=arenas go1.26.8=boringcrypto \
    go1.27.4=nogreenteagc go1.27.4=nojsonv2 go1.27.4=nodwarf5 go1.27.4=norandomizedheapbase64 \
    go1.27.4=nosizespecializedmalloc go1.27.4=runtimefreegc go1.27.4=runtimesecret \
    go1.27.4=simd go1.27.4=mapsplitgroup go1.27.4=cgocheck2 go1.27.4=heapminimum512kib \
    go1.27.4=arenas go1.27.4=boringcrypto
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
    row="| ${build%%=*} | ${build#*=} |"
    for test in goroutines contexts proofs marking; do
        if output=$(GOTOOLCHAIN=${build%%=*} GOEXPERIMENT=${build#*=} \
            "$tests/unit_golang_test_$test" 2>&1); then
            passed=$(printf '%s\n' "$output" | sed -n 's/.*PASSED *\] \([0-9]*\) test.*/\1/p')
            row="$row ${passed:-0} passed |"
        else
            printf '%s\n' "$output" >&2
            row="$row FAILED |"
        fi
    done
    echo "$row"
    echo "$row" >>"$work"
done
cp "$work" "$results"
