#!/usr/bin/env bash
# slurm/one_node.sbatch on a real Slurm of one node: the result is there, complete, and the same as that
# of one process; ranks that fail, or that do not know each other, fail the job.
#   usage: test_one_node.sh REPOSITORY HOLDFAST TEST_COMM
set -euo pipefail
root=$1 holdfast=$2 test_comm=$3
# shellcheck source=tests/slurm/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=tests/slurm/judge.sh
source "$(dirname "${BASH_SOURCE[0]}")/judge.sh"

cluster_up 1 4
cd "$cluster_work"

expect "four ranks of srun --mpi=pmix" 0 srun --mpi=pmix -n 4 "$test_comm"
says "they know each other" "4 ranks: 0 failed checks"
expect "one of three ranks aborts" 3 srun --mpi=pmix -n 3 "$test_comm" abort 1
says "its words arrive" "holdfast: rank 1: the disk is full"
expect "one of three ranks runs out of something" 3 srun --mpi=pmix -n 3 "$test_comm" fatal 2
expect "srun without PMIx" fails srun --mpi=none -n 2 "$test_comm"
[[ $output != *"failed checks"* ]] || failed "tasks that do not know each other did the job, each alone"

export HOLDFAST=$holdfast
smoke=$root/jobs/smoke.json
script=$root/slurm/one_node.sbatch
three=$(sbatch --parsable --ntasks=3 "$script" "$smoke" --trials 500)
whole=$(sbatch --parsable "$script" "$smoke" --trials 500 --output=whole.h5)
absent=$(sbatch --parsable "$script" absent.json)
nothing=$(HOLDFAST='' sbatch --parsable "$script" "$smoke")
expect "one process" 0 "$holdfast" run "$smoke" --trials 500 --output alone.h5
expect "its digest" 0 "$holdfast" summary --digest alone.h5
alone=$output

ends "the batch script" "$three" 0
says "on three ranks" "on 3 ranks" "holdfast-$three.log"
says "the log names the result" "result: $cluster_work/smoke-$three.h5" "holdfast-$three.log"
same_digest "three ranks" "smoke-$three.h5"
ends "a batch job that asks for nothing gets the node" "$whole" 0
same_digest "the whole node" whole.h5
ends "a job that does not exist" "$absent" 3
says "the log names it" "absent.json" "holdfast-$absent.log"
ends "no program" "$nothing" 3
says "the log says what to do" "HOLDFAST=/path/to/holdfast" "holdfast-$nothing.log"

((n_failed == 0))
