#!/usr/bin/env bash
# One rank that fails alone takes the job down, soon, with its own words and exit code 3; tasks that
# do not know each other are refused.   usage: test_comm_failures.sh TEST_COMM MPIEXEC...
set -euo pipefail
program=$1
shift
mpiexec=("$@")
n_failed=0

# expect NAME CODE TEXT COMMAND...: ends in time, with that exit code, and its output has the text
expect() {
    local name=$1 expected=$2 text=$3 code=0 output
    shift 3
    output=$(timeout -k 5 30 "$@" 2>&1) || code=$?
    if [[ $code == "$expected" && $output == *"$text"* && $output != *"WRONG"* ]]; then
        echo "ok: $name"
    else
        printf 'FAILED: %s: exit code %s (expected %s), expected text "%s", output:\n%s\n' \
            "$name" "$code" "$expected" "$text" "$output"
        n_failed=$((n_failed + 1))
    fi
}

for rank in 0 1; do
    job=("${mpiexec[@]}" -n 3 "$program")
    expect "abort of all by rank $rank" 3 "holdfast: rank $rank: the disk is full" "${job[@]}" abort "$rank"
    expect "abort of all by hf_fatal in rank $rank" 3 "holdfast: rank $rank: the sky fell" "${job[@]}" fatal "$rank"
    expect "abort of all by an MPI error in rank $rank" 3 "holdfast: rank $rank: MPI failed: MPI_ERR_RANK" "${job[@]}" mpi "$rank"
    expect "broken invariant in rank $rank" 134 'strcmp(how, "assert") != 0' "${job[@]}" assert "$rank"
done
expect "abort without MPI" 3 "holdfast: rank 0: the disk is full" "$program" serial 0
advice='srun --mpi=pmix'
expect "three tasks of mpirun that do not know each other" 2 "$advice" env OMPI_COMM_WORLD_SIZE=3 "$program"
expect "three tasks of another MPI's launcher" 2 "3 tasks (PMI_SIZE)" env PMI_SIZE=3 "$program"
expect "three tasks of srun" 2 "3 tasks (SLURM_STEP_NUM_TASKS)" \
    env SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3 "$program"
expect "one rank in a batch script of three tasks" 0 "0 failed checks" env SLURM_NTASKS=3 "$program"
expect "mpirun inside a Slurm step" 0 "0 failed checks" \
    env SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3 "${mpiexec[@]}" -n 1 "$program"

((n_failed == 0))
