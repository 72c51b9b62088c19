#!/usr/bin/env bash
# One rank that fails alone takes the job down, soon, with its own words and exit code 3; tasks that
# do not know each other are refused. Without MPIEXEC: of a build without MPI.
#   usage: test_comm_failures.sh TEST_COMM [MPIEXEC...]
set -euo pipefail
program=$1
shift
mpiexec=("$@")
n_failed=0

# expect NAME CODE TEXT COMMAND...: ends in time, with that exit code (or one that `fails`), and its
# output has the text
expect() {
    local name=$1 expected=$2 text=$3 code=0 output
    shift 3
    output=$(timeout -k 5 30 "$@" 2>&1) || code=$?
    [[ $expected != fails || $code == 0 || $code == 124 || $code == 137 ]] || expected=$code
    if [[ $code == "$expected" && $output == *"$text"* && $output != *"WRONG"* ]]; then
        echo "ok: $name"
    else
        printf 'FAILED: %s: exit code %s (expected %s), expected text "%s", output:\n%s\n' \
            "$name" "$code" "$expected" "$text" "$output"
        n_failed=$((n_failed + 1))
    fi
}

among_ranks() {
    local rank job=("${mpiexec[@]}" -n 3 "$program") aborted=134
    [[ $("${mpiexec[@]}" --version 2>&1) != *HYDRA* ]] || aborted=fails # it passes signals on as it likes
    for rank in 0 1; do
        expect "abort of all by rank $rank" 3 "holdfast: rank $rank: the disk is full" "${job[@]}" abort "$rank"
        expect "abort of all by hf_fatal in rank $rank" 3 "holdfast: rank $rank: the sky fell" "${job[@]}" fatal "$rank"
        expect "abort of all by an MPI error in rank $rank" 3 "holdfast: rank $rank: MPI failed: " "${job[@]}" mpi "$rank"
        expect "broken invariant in rank $rank" "$aborted" 'strcmp(how, "assert") != 0' "${job[@]}" assert "$rank"
    done
    expect "mpirun inside a Slurm step" 0 "0 failed checks" \
        env SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3 "${mpiexec[@]}" -n 1 "$program"
}

advice="built without MPI"
library="none, 1 ranks: "
if ((${#mpiexec[@]})); then
    advice='srun --mpi=pmix'
    library=MPI
    among_ranks
fi
expect "abort without MPI" 3 "holdfast: rank 0: the disk is full" "$program" serial 0
expect "three tasks of mpirun that do not know each other" 2 "$advice" env OMPI_COMM_WORLD_SIZE=3 "$program"
expect "three tasks of another MPI's launcher" 2 "3 tasks (PMI_SIZE)" env PMI_SIZE=3 "$program"
expect "three tasks of srun" 2 "3 tasks (SLURM_STEP_NUM_TASKS)" \
    env SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3 "$program"
expect "one rank in a batch script of three tasks" 0 "0 failed checks" env SLURM_NTASKS=3 "$program"
expect "the library's name" 0 "$library" "$program"

((n_failed == 0))
