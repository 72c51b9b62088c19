#!/usr/bin/env bash
# The law: a result is a function of (scenario, job, seed, trials). One content digest for any number
# of ranks, block size, lane width and kernel; another for another seed.
# usage: test_law.sh HOLDFAST MPIEXEC SOURCE_DIR
set -euo pipefail
holdfast=$1 mpiexec=$2 source=$(realpath "$3")
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
    check_seed "$first" "$@"
}

check_seed() { # check_seed DIGEST OPTIONS... of $job
    local first=$1 other
    shift
    other=$(digest 1 "$job" "$@" --seed 987654321)
    if [ "$first" = "$other" ]; then
        echo "ANOTHER SEED GIVES THE SAME DIGEST: $name"
        failed=1
    fi
}

# What is built on the same blocks, ranks and lanes.
check_job_briefly() { # check_job_briefly NAME JOB OPTIONS...
    local name=$1 job=$2
    shift 2
    local first
    first=$(digest 1 "$job" "$@")
    echo "        $name: ${first#content digest }"
    expect "$first" "$(digest 3 "$job" "$@" --block 8 --lanes 8)" "$name, 3 ranks, blocks of 8, 8 lanes"
    expect "$first" "$(digest 2 "$job" "$@" --block 100000 --lanes 128 --kernel baseline)" \
        "$name, 2 ranks, one block, 128 lanes, baseline kernel"
    if [[ " $* " == *" --record all "* ]]; then
        expect "$first" "$(digest 3 "$job" "$@" --collective-from 1)" "$name, written by 3 ranks together"
    fi
    check_seed "$first" "$@"
}

check_job "tutorial, all trials kept" "$source/jobs/smoke.json" --trials 777 --record all
check_job "tutorial, histograms" "$source/jobs/smoke.json" --trials 500 --exact-trials 0
check_job "tutorial, fewer trials than ranks" "$source/jobs/smoke.json" --trials 3 --record all
check_job "US chain, four policies" "$source/jobs/baseline.json" --trials 96 --first-trial 1000 \
    --policies baseline,domestic_first,offshore_first,hedged
check_job_briefly "tutorial, looks" "$source/jobs/smoke.json" --trials 5000 --precision cost:mean:0.004
check_job_briefly "tutorial, strata and tilts, all trials kept" "$source/jobs/smoke.json" --trials 776 \
    --first-trial 64 --strata STORM:2,3,3 --tilts STORM=0.7 --record all
check_job_briefly "tutorial, causes, all trials kept" "$source/jobs/smoke.json" --trials 1300 \
    --attribution revenue_lost,fill_rate --record all
check_job_briefly "tutorial, causes by weights" "$source/jobs/smoke.json" --trials 1296 \
    --strata STORM:2,3,3 --attribution cost
cat >"$work/fluids.json" <<JOB
{"schema": "holdfast-job/1", "scenario": "$source/inputs/us_iv_fluids.json", "trials": 1200, "seed": 3,
 "inner_trials": 40, "sampling": {"strata": {"hazards": ["HURR_PR", "FLOOD_NC"], "table": [5, 3]},
 "tilts": {"FLOOD_NC": 2, "FIRE": 0.8}}}
JOB
check_job_briefly "fluids, unknown rates, strata and tilts" "$work/fluids.json"
exit "$failed"
