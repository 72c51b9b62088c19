#!/usr/bin/env bash
# The law: a result is a function of (scenario, job, seed, trials). One content digest for any number
# of ranks, block size, lane width and kernel; another for another seed.
# usage: test_law.sh HOLDFAST MPIEXEC SOURCE_DIR
set -euo pipefail
holdfast=$1 mpiexec=$2 source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# digest RANKS JOB OPTIONS...: the digest that `run` prints last.
digest() {
    local ranks=$1 job=$2
    shift 2
    "$mpiexec" -n "$ranks" "$holdfast" run --quiet --force --output "$work/r.h5" "$@" "$job" |
        tail -n 1
}

failed=0
expect() { # expect WANTED GOT WHAT
    if [ "$1" = "$2" ]; then
        printf 'same    %-44s %s\n' "$3" "${2#content digest }"
    else
        printf 'DIFFERS %-44s %s\n' "$3" "${2#content digest }"
        failed=1
    fi
}

check_job() { # check_job NAME JOB OPTIONS...
    local name=$1 job=$2
    shift 2
    local first
    first=$(digest 1 "$job" "$@")
    echo "        $name: ${first#content digest }"
    for ranks in 2 3 4 7; do
        expect "$first" "$(digest "$ranks" "$job" "$@")" "$name, $ranks ranks"
    done
    expect "$first" "$(digest 1 "$job" "$@" --block 1 --lanes 8)" "$name, blocks of 1, 8 lanes"
    expect "$first" "$(digest 2 "$job" "$@" --block 37 --lanes 16)" "$name, 2 ranks, blocks of 37, 16 lanes"
    expect "$first" "$(digest 1 "$job" "$@" --block 100000 --lanes 128)" "$name, one block, 128 lanes"
    expect "$first" "$(digest 1 "$job" "$@" --kernel baseline)" "$name, baseline kernel"
    expect "$first" "$(digest 2 "$job" "$@" --kernel reference)" "$name, reference, 2 ranks"
    local other
    other=$(digest 1 "$job" "$@" --seed 987654321)
    if [ "$first" = "$other" ]; then
        echo "ANOTHER SEED GIVES THE SAME DIGEST: $name"
        failed=1
    fi
}

check_job "tutorial, all trials kept" "$source/jobs/smoke.json" --trials 777 --record all
check_job "tutorial, histograms" "$source/jobs/smoke.json" --trials 500 --exact-trials 0
check_job "tutorial, fewer trials than ranks" "$source/jobs/smoke.json" --trials 3 --record all
check_job "US chain, four policies" "$source/jobs/baseline.json" --trials 96 --first-trial 1000 \
    --policies baseline,domestic_first,offshore_first,hedged
exit "$failed"
