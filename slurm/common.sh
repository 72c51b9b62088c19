# shellcheck shell=bash disable=SC2034 # who sources this reads them
# For the batch scripts beside it, which source it: their arguments, the launcher, and what to do when it
# comes back. They have `set -euo pipefail`.

say() { echo "$(date -u +%FT%TZ) $*"; }

# read_arguments SUFFIX [JOB] [OPTIONS OF holdfast run...]: sets `program`, `job`, `options`, `result`, which
# is the job's name with the suffix where --output says nothing, and `again`: what was begun goes on, and --force
# counts when the job starts for the first time, not when it comes back from the queue.
read_arguments() {
    local suffix=$1
    shift
    job=jobs/baseline.json
    if (($#)) && [[ $1 != -* ]]; then
        job=$1
        shift
    fi
    result=$(basename "$job" .json)$suffix.h5
    options=()
    again=--resume
    while (($#)); do
        case $1 in
        --output=*) result=${1#*=} ;;
        --output)
            result=${2?--output wants a file}
            shift
            ;;
        --resume) ;;
        --force) ((${SLURM_RESTART_COUNT:-0} > 0)) || again=--force ;;
        *) options+=("$1") ;;
        esac
        shift
    done
    find_program
}

find_program() {
    program=${HOLDFAST:-}
    [[ -n $program || ! -x build/release/src/cli/holdfast ]] || program=build/release/src/cli/holdfast
    [[ -n $program ]] || program=$(command -v holdfast || true)
    if [[ -z $program ]]; then
        echo "no holdfast here: build it (jobs/run.sh does), or submit with HOLDFAST=/path/to/holdfast" >&2
        exit 3
    fi
}

# Sets `ranks`: as many as were asked for, or one for each core of each node: hardware threads of a core
# share what the kernel needs.
count_ranks() {
    local cores
    cores=$(lscpu --parse=CORE,SOCKET | grep -v '^#' | sort -u | wc -l)
    ((cores <= SLURM_CPUS_ON_NODE)) || cores=$SLURM_CPUS_ON_NODE
    ranks=${SLURM_NTASKS:-$((cores * SLURM_JOB_NUM_NODES))}
}

# Sets the array `launcher`, by the variable HOLDFAST_LAUNCHER.
choose_launcher() {
    case ${HOLDFAST_LAUNCHER:-srun} in
    # Plain srun would start ranks that do not know each other; holdfast refuses that, and says so.
    srun) launcher=(srun --mpi=pmix --ntasks="$ranks") ;;
    mpirun)
        launcher=(mpirun -n "$ranks" --map-by node)
        # A node whose cable is cut is missed after 35 s, not after 8 minutes.
        export OMPI_MCA_oob_tcp_keepalive_time=20 OMPI_MCA_oob_tcp_keepalive_intvl=5
        export OMPI_MCA_oob_tcp_keepalive_probes=3
        ;;
    *)
        echo "HOLDFAST_LAUNCHER=$HOLDFAST_LAUNCHER: srun or mpirun" >&2
        exit 2
        ;;
    esac
    export OMPI_MCA_io=^ompio # which reports that it has written to a full disk
}

# launch COMMAND [ARGUMENTS...]: the program on all ranks; sets `code`. To this script, USR1 and TERM mean that
# time is up. The launcher gets USR1 for either, which it passes on, and the ranks checkpoint and stop; at TERM it
# would kill them within a second or two. If it has not come back 90 s later, as when a rank hangs, it is killed.
launch() {
    local pid launcher
    count_ranks
    choose_launcher
    say "$SLURM_JOB_NODELIST: ${launcher[0]}, $program $1 on $ranks ranks"
    timeout --foreground --signal=USR1 --kill-after=90 0 "${launcher[@]}" "$program" "$@" &
    pid=$!
    trap 'kill -USR1 "$pid" 2>/dev/null || true' USR1 TERM
    while kill -0 "$pid" 2>/dev/null; do
        wait "$pid" || true # which a signal interrupts
    done
    code=0
    wait "$pid" || code=$?
    trap '' USR1 TERM
    if ((code == 75)); then
        say "exit code 75: checkpointed, wants to go on; whatever the launcher says of it, nothing has failed"
    else
        say "exit code $code"
    fi
}

# A launcher that returns 0 has not proved anything: the result is there, or the job has failed.
end_with_result() {
    ((code == 0)) || exit "$code"
    if [[ ! -s $result ]]; then
        echo "${HOLDFAST_LAUNCHER:-srun} ended well, but there is no $result" >&2
        exit 3
    fi
    "$program" summary "$result"
    say "result: $(realpath "$result")"
}

# --- coming back from the queue ---
# The number of the newest generation of the checkpoint in a folder; 0: there is none.
newest_generation() {
    local file newest=0
    for file in "$1"/generation-*; do
        [[ ! $file =~ generation-([0-9]+)$ ]] || newest=$((10#${BASH_REMATCH[1]}))
    done
    echo "$newest"
}

# end_chain CODE WORDS
end_chain() {
    rm -f "$checkpoint.starts"
    say "$2"
    exit "$1"
}

# count_start FOLDER: how many starts in a row, this one included, began at the generation that is there now.
# A fourth ends here: a node that takes the script down with it leaves no other moment to give up.
count_start() {
    local seen n
    checkpoint=$1
    generation=$(newest_generation "$checkpoint")
    n_starts=1
    if ((${SLURM_RESTART_COUNT:-0} > 0)) && read -r seen n <"$checkpoint.starts" && ((seen == generation)); then
        n_starts=$((n + 1))
    fi
    ((n_starts <= 3)) || give_up 3
    echo "$generation $n_starts" >"$checkpoint.starts"
}

give_up() { end_chain "$1" "three starts brought no new checkpoint: giving up"; }

# Whether Slurm is ending the job, and not because its time is up.
is_ended() { [[ $(squeue --noheader --jobs="$1" --format='%T %r' 2>/dev/null) == "COMPLETING None" ]]; }

# requeue_unless CONDITION...: after `launch`. Returns if that ended well and the condition holds; otherwise the
# job goes back to the queue, or ends: when it was cancelled or stopped, when its input is bad, or when three
# starts have led nowhere.
requeue_unless() {
    local self=$SLURM_JOB_ID
    # The bare number of an array's element may be the whole array's.
    [[ -z ${SLURM_ARRAY_JOB_ID:-} ]] || self=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
    if ((code == 0)) && "$@"; then
        rm -f "$checkpoint.starts"
        return
    fi
    if is_ended "$self"; then
        say "ended by Slurm: unless that brings it back, submit it again, and it goes on"
        exit "$code"
    fi
    ((code != 2)) || end_chain 2 "bad input: another try would be of no use"
    [[ ! -e $result.stop ]] || end_chain "$code" "stopped: remove $result.stop, submit again, and it goes on"
    if ((n_starts == 3 && $(newest_generation "$checkpoint") == generation)); then
        give_up $((code ? code : 3))
    fi
    say "back to the queue"
    # A controller that is being restarted answers a little later.
    if scontrol requeue "$self" || { sleep 30 && scontrol requeue "$self"; }; then
        trap - TERM
        sleep 300 # Slurm ends this script
    fi
    say "no way back to the queue: submit it again, and it goes on"
    exit "$code"
}
