#!/usr/bin/env bash
# slurm/one_node.sbatch on a real Slurm of one node: the result is there, complete, and the same as that
# of one process; ranks that fail, or that do not know each other, fail the job.
#   usage: test_one_node.sh REPOSITORY HOLDFAST TEST_COMM
set -euo pipefail
root=$1 holdfast=$2 test_comm=$3
# shellcheck source=tests/slurm/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_or_skip

work=$(mktemp -d /tmp/hfjobs.XXXXXX)
trap 'cluster_down; rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cluster_up 4
cd "$work"
n_failed=0

# expect NAME CODE COMMAND...: its exit code, its words in $output
expect() {
    local name=$1 expected=$2 code=0
    shift 2
    output=$(timeout -k 5 100 "$@" 2>&1) || code=$?
    if [[ $code == "$expected" || ($expected == fails && $code != 0 && $code -lt 124) ]]; then
        echo "ok: $name"
    else
        printf 'FAILED: %s: exit code %s instead of %s\n%s\n' "$name" "$code" "$expected" "$output"
        n_failed=$((n_failed + 1))
    fi
}

# says NAME TEXT: the last output, or the file given third, has it
says() {
    if [[ ${3:+$(<"$3")}${3:-$output} == *"$2"* ]]; then
        echo "ok: $1"
    else
        printf 'FAILED: %s: nothing says "%s":\n%s\n' "$1" "$2" "${3:+$(<"$3")}${3:-$output}"
        n_failed=$((n_failed + 1))
    fi
}

expect "four ranks of srun --mpi=pmix" 0 srun --mpi=pmix -n 4 "$test_comm"
says "they know each other" "4 ranks: 0 failed checks"
expect "one of three ranks aborts" 3 srun --mpi=pmix -n 3 "$test_comm" abort 1
says "its words arrive" "holdfast: rank 1: the disk is full"
expect "one of three ranks runs out of something" 3 srun --mpi=pmix -n 3 "$test_comm" fatal 2
expect "srun without PMIx" fails srun --mpi=none -n 2 "$test_comm"
if [[ $output == *"failed checks"* ]]; then
    echo "FAILED: tasks that do not know each other did the job, each alone"
    n_failed=$((n_failed + 1))
fi

export HOLDFAST=$holdfast
smoke=$root/jobs/smoke.json
expect "one process" 0 "$holdfast" run "$smoke" --trials 500 --output alone.h5
expect "the batch script" 0 sbatch --wait --ntasks=3 "$root/slurm/one_node.sbatch" "$smoke" --trials 500
log=$(echo holdfast-*.log)
number=${log//[!0-9]/}
says "on three ranks" "on 3 ranks" "$log"
says "the log names the result" "result: $work/smoke-$number.h5" "$log"
expect "the digest of one process" 0 "$holdfast" summary --digest alone.h5
alone=$output
expect "the digest of the batch job" 0 "$holdfast" summary --digest "smoke-$number.h5"
says "the same digest" "$alone"

expect "a batch job that asks for nothing gets the node" 0 sbatch --wait --output=whole.log \
    "$root/slurm/one_node.sbatch" "$smoke" --trials 500 --output=whole.h5
expect "its digest" 0 "$holdfast" summary --digest whole.h5
says "the same again" "$alone"
expect "a job that does not exist" 3 sbatch --wait --output=absent.log "$root/slurm/one_node.sbatch" absent.json
says "the log names it" "absent.json" absent.log
expect "no program" 3 env HOLDFAST= sbatch --wait --output=nothing.log "$root/slurm/one_node.sbatch" "$smoke"
says "the log says what to do" "HOLDFAST=/path/to/holdfast" nothing.log

((n_failed == 0))
