#!/usr/bin/env bash
# slurm/many_nodes.sbatch and array.sbatch on a real Slurm of three nodes: what ranks of several nodes
# compute, under both launchers, and what is merged from parts, is what one process computes.
#   usage: test_many_nodes.sh REPOSITORY HOLDFAST
set -euo pipefail
root=$1 holdfast=$2
# shellcheck source=tests/slurm/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=tests/slurm/judge.sh
source "$(dirname "${BASH_SOURCE[0]}")/judge.sh"

cluster_up 3 2
cd "$cluster_work"
export HOLDFAST=$holdfast
script=$root/slurm/many_nodes.sbatch
ask=("$root/jobs/baseline.json" --trials 40000 --record all)
three=(--nodes=3 --ntasks-per-node=1)

whole=$(sbatch --parsable "${three[@]}" "$script" "${ask[@]}")
brief=$(HOLDFAST_LAUNCHER=mpirun sbatch --parsable "${three[@]}" "$script" "${ask[@]}" --max-walltime=0:01)
on=$(HOLDFAST_LAUNCHER=mpirun sbatch --parsable --dependency="afternotok:$brief" --nodes=2 --ntasks-per-node=2 \
    "$script" "${ask[@]}" --output "baseline-$brief.h5")
parts=$(sbatch --parsable --array=1-3 --ntasks=1 "$root/slurm/array.sbatch" "${ask[@]}" --checkpoint-minutes=0.01)
united=$(sbatch --parsable --dependency="afterok:$parts" --ntasks=2 --output=holdfast-%j.log \
    "$root/slurm/array.sbatch" "${ask[@]}")
expect "one process" 0 "$holdfast" run "${ask[@]}" --output alone.h5
expect "its digest" 0 "$holdfast" summary --digest alone.h5
alone=$output

ends "srun on three nodes" "$whole" 0
says "three ranks" "hf[1-3]: srun, $holdfast run on 3 ranks" "holdfast-$whole.log"
same_digest "three nodes" "baseline-$whole.h5"
ends "mpirun on three nodes, out of time" "$brief" 75
says "three ranks" "hf[1-3]: mpirun, $holdfast run on 3 ranks" "holdfast-$brief.log"
says "what it means" "exit code 75: checkpointed" "holdfast-$brief.log"

# The last element of the array, whose number is the array's too, is told to stop: it alone comes back.
if wait_until 60 test -e baseline.h5.part-3-of-3/generation-000001; then
    scancel --batch --signal=USR1 "${parts}_3"
fi
ends "mpirun on two nodes, from there" "$on" 0
same_digest "two nodes after three" "baseline-$brief.h5"
ends "three parts, then what is made of them" "$united" 0
same_digest "three parts" baseline.h5
says "one was interrupted" "back to the queue" "holdfast-${parts}_3.log"
for i in 1 2 3; do
    n=$(job_says "${parts}_$i" Restarts)
    ((n == (i == 3))) || failed "part $i: $n restarts"
done

((n_failed == 0))
