#!/usr/bin/env bash
# slurm/chain.sbatch on a real Slurm of three nodes, whatever happens: time that runs out, a node without
# power, a job that matters more, a controller that starts anew, a person who cancels. Each time the run
# ends with what one process computes undisturbed; and what cannot succeed is given up.
#   usage: test_chain.sh REPOSITORY HOLDFAST
set -euo pipefail
root=$1 holdfast=$2
# shellcheck source=tests/slurm/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=tests/slurm/judge.sh
source "$(dirname "${BASH_SOURCE[0]}")/judge.sh"

# A machine of two cores, whatever it is: how far a job has come when the next thing happens depends on it.
allowed=$(taskset --cpu-list --pid $$ | sed 's/.*: //; s/,/ /g')
two=$(for range in $allowed; do seq "${range%-*}" "${range#*-}"; done | sed 2q | paste -sd ,)
taskset --cpu-list --pid "$two" $$ >/dev/null

cluster_up 3 4
cd "$cluster_work"
export HOLDFAST=$holdfast
ask=("$root/jobs/baseline.json" --trials 120000)

# chain NAME OPTIONS OF sbatch...: its number; the result is NAME.h5. Small jobs, so that they share nodes.
chain() {
    local name=$1
    shift
    sbatch --parsable --oversubscribe --job-name="$name" "$@" "$root/slurm/chain.sbatch" \
        "${ask[@]}" --checkpoint-minutes=0.05 --output "$name.h5"
}
has_checkpoint() { [[ -n $(compgen -G "$1.h5.checkpoint/generation-*") ]]; }
log_of() { echo "holdfast-$1.log"; }

nice "$holdfast" run "${ask[@]}" --quiet --output alone.h5 >/dev/null &
undisturbed=$!

preempted=$(HOLDFAST_LAUNCHER=mpirun chain preempted --nodelist=hf1 --ntasks=2)
lost=$(chain lost --nodelist=hf2,hf3 --nodes=2 --ntasks-per-node=1)
cancelled=$(chain cancelled --nodelist=hf2 --ntasks=1)
vain=$(HOLDFAST=/bin/false chain vain --nodelist=hf2 --ntasks=1)
touch bad.h5.stop # no run starts beside it
bad=$(chain bad --nodelist=hf2 --ntasks=1)
stopped=$(chain stopped --nodelist=hf3 --ntasks=1)
for name in preempted lost cancelled stopped; do
    wait_until 60 has_checkpoint "$name" || failed "$name: no checkpoint from the clock"
done
touch stopped.h5.stop
ends "stopped by hand" "$stopped" 75
says "how to go on" "stopped: remove stopped.h5.stop" "$(log_of "$stopped")"

# The controller stops and starts anew; jobs go on without it.
touch now
wait_until 20 test "$cluster_folder/state/job_state" -nt now
controller_kill
sleep 1
controller_start
started=$SECONDS
wait_until 20 scontrol ping
for id in "$preempted" "$lost" "$cancelled"; do
    is_running "$id" || failed "after the controller's restart, job $id: $(job_says "$id" JobState)"
done

# A node without power says nothing: Slurm takes a while to miss it. A person cancels. Something is more
# urgent, and needs three of four processors.
node_power_off hf3
scancel "$cancelled"
urgent=$(sbatch --parsable --partition=high --nodelist=hf1 --nodes=1 --ntasks=3 --output=/dev/null --wrap "sleep 1")

wait_until 30 has_ended "$cancelled" || true
[[ $(job_says "$cancelled" JobState) == CANCELLED ]] || failed "what was cancelled came back"
again=$(chain cancelled --nodelist=hf2 --ntasks=1)
ends "what is more urgent" "$urgent" 0

# The controller looks at time limits every 30 s since its start, and signals what would be within 29 s of its
# end by the next look: a job of one minute that starts shortly before a look gets no further than that.
while (((SECONDS - started) % 30 != 22)); do sleep 0.5; done
limit=$(chain limit --partition=high --nodelist=hf1 --ntasks=1 --time=1 --signal=B:USR1@29)
wait_until 60 has_come_back "$lost" || failed "the job on a lost node was not requeued"
node_boot hf3

ends "three starts in vain" "$vain" 1
says "why it ends" "three starts brought no new checkpoint: giving up" "$(log_of "$vain")"
[[ $(job_says "$vain" Restarts) == 2 ]] || failed "$(job_says "$vain" Restarts) restarts in vain"
ends "bad input" "$bad" 2
! has_come_back "$bad" || failed "bad input was tried again"

ends "preempted" "$preempted" 0
says "what 75 means" "exit code 75: checkpointed" "$(log_of "$preempted")"
ends "cancelled and submitted again" "$again" 0
ends "left by a node" "$lost" 0
ends "out of time" "$limit" 0
has_come_back "$limit" || failed "it had the time"
wait "$undisturbed"
expect "its digest" 0 "$holdfast" summary --digest alone.h5
alone=$output
for name in limit preempted lost cancelled; do
    same_digest "$name" "$name.h5"
done
[[ -z $(compgen -G "*.starts") ]] || failed "something is left: $(echo ./*.starts)"

((n_failed == 0))
