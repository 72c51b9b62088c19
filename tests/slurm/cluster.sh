# shellcheck shell=bash
# A real Slurm of several nodes on this machine, for tests that source this. Debian 12: slurmctld slurmd
# slurm-client munge iproute2 util-linux; root, neither systemd nor cgroups.
#
# The test runs inside namespaces of its own, and each node inside further ones: its own address, host
# name, processes, /dev/shm; files are shared, as on a cluster. So clusters stand side by side without
# knowing each other, and however a test ends, by SIGKILL too, the kernel takes away all that it made.
#
# Sourcing it is entering it: the caller's script starts anew in there, with the same arguments, or ends
# with CTest's code for skipped. Afterwards: cluster_up NODES CPUS.

cluster_namespaces=(--net --uts --pid --ipc --mount --mount-proc --fork --kill-child)
cluster_network=198.18.0 # RFC 2544: nobody's
cluster_nodes=0
declare -A cluster_pids=()

cluster_skip() {
    echo "SKIPPED: $1"
    exit 77
}

cluster_or_skip() {
    local name
    ((EUID == 0)) || cluster_skip "only root can start a Slurm node"
    for name in slurmctld slurmd munged; do
        [[ -x /usr/sbin/$name ]] ||
            cluster_skip "no $name here (apt-get install slurmctld slurmd slurm-client munge)"
    done
    for name in ip unshare nsenter setpriv; do
        command -v "$name" >/dev/null || cluster_skip "no $name here (apt-get install iproute2 util-linux)"
    done
    unshare "${cluster_namespaces[@]}" bash -c 'set -e; mount -t tmpfs none /run; ip netns add hf
        ip link add hf type bridge; ip link add hf1 type veth peer name eth0 netns hf' 2>/dev/null ||
        cluster_skip "this kernel or container gives root no namespaces with a bridge"
}

# cluster_enter SCRIPT ARGUMENTS...: the script in its namespaces; ends with its exit code
cluster_enter() {
    local code=0
    cluster_or_skip
    cluster_folder=$(mktemp -d /tmp/hfslurm.XXXXXX) # sockets live below it: short (107 bytes)
    trap '! kill -9 $! 2>/dev/null || wait || true; rmdir "$cluster_folder"' EXIT
    trap 'exit 143' TERM INT HUP
    HF_CLUSTER=$cluster_folder setpriv --pdeathsig KILL unshare "${cluster_namespaces[@]}" bash "$@" &
    wait $! || code=$?
    exit "$code"
}

if [[ -z ${HF_CLUSTER:-} ]]; then
    cluster_enter "$0" "$@"
fi
cluster_folder=$HF_CLUSTER
cluster_work=$cluster_folder/work # for jobs and their results
unset HF_CLUSTER
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_mpi_yield_when_idle=1 # nodes have more ranks than this machine has cores

# wait_until SECONDS COMMAND...
wait_until() {
    local tries=$(($1 * 10))
    shift
    while ! "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || return 1
        sleep 0.1
    done
}

# start NAME COMMAND...: in the background, words to log/NAME
start() {
    local name=$1
    shift
    setsid "$@" >>"$cluster_folder/log/$name" 2>&1 </dev/null &
    cluster_pids[$name]=$!
}

# Short times everywhere: what takes a real cluster minutes takes seconds here. A requeued job waits for
# cred_expire. The file systems of the nodes are one, so what Slurm takes for a node's own names the node.
cluster_configure() {
    local n=$1 cpus=$2 i
    cat >"$cluster_folder/slurm.conf" <<END
ClusterName=holdfast
SlurmctldHost=hfctl($cluster_network.254)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster_folder/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=$cluster_folder/state
SlurmdSpoolDir=$cluster_folder/spool.%n
SlurmctldPidFile=$cluster_folder/slurmctld.pid
SlurmdPidFile=$cluster_folder/slurmd.%n.pid
SlurmctldLogFile=$cluster_folder/log/slurmctld
SlurmdLogFile=$cluster_folder/log/slurmd.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$cluster_folder/log/ended
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SlurmdTimeout=6
MessageTimeout=10
TCPTimeout=2
BatchStartTimeout=10
KillWait=5
ReturnToService=2
MinJobAge=3600
MailProg=/bin/true
NodeName=hf[1-$n] NodeAddr=$cluster_network.[1-$n] CPUs=$cpus RealMemory=1000 State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES MaxTime=120 DefaultTime=10 PriorityTier=1 GraceTime=10
PartitionName=high Nodes=ALL MaxTime=120 DefaultTime=10 PriorityTier=10 PreemptMode=OFF
END
    echo "PMIxCliTmpDirBase=/dev/shm" >"$cluster_folder/mpi.conf"
    {
        echo "127.0.0.1 localhost"
        echo "$cluster_network.254 hfctl"
        for ((i = 1; i <= n; i++)); do echo "$cluster_network.$i hf$i"; done
    } >"$cluster_folder/hosts"
}

# What the controller and the nodes meet on.
cluster_wire() {
    local i
    hostname hfctl
    mount -t tmpfs -o mode=755 none /run
    mount -t tmpfs -o mode=1777 none /dev/shm
    mount --bind "$cluster_folder/hosts" /etc/hosts
    ip link set lo up
    ip link add hf type bridge
    ip addr add "$cluster_network.254/24" dev hf
    ip link set hf up
    for ((i = 1; i <= cluster_nodes; i++)); do
        ip netns add "hf$i"
        ip link add "hf$i" type veth peer name eth0 netns "hf$i"
        ip link set "hf$i" master hf up
        ip -n "hf$i" addr add "$cluster_network.$i/24" dev eth0
        ip -n "hf$i" link set lo up
        ip -n "hf$i" link set eth0 up
    done
}

# cluster_up NODES CPUS: afterwards sbatch, srun and scontrol talk to it. Nodes: hf1, hf2, ...
cluster_up() {
    local i
    cluster_nodes=$1
    mount -t tmpfs -o mode=755 none "$cluster_folder"
    mkdir "$cluster_work" "$cluster_folder"/{log,state,munge}
    cluster_configure "$1" "$2"
    cluster_wire
    export SLURM_CONF=$cluster_folder/slurm.conf TMPDIR=/dev/shm
    (umask 077 && head -c 1024 /dev/urandom >"$cluster_folder/munge/key")
    start munged /usr/sbin/munged --foreground --key-file="$cluster_folder/munge/key" \
        --socket="$cluster_folder/munge.sock" --seed-file="$cluster_folder/munge/seed" \
        --log-file="$cluster_folder/munge/log" --pid-file="$cluster_folder/munge/pid"
    if wait_until 20 munge -n -S "$cluster_folder/munge.sock"; then
        controller_start
        for ((i = 1; i <= cluster_nodes; i++)); do node_boot "hf$i"; done
        ! wait_until 30 all_nodes_are_up || return 0
    fi
    echo "the cluster did not come up:"
    tail -n 20 "$cluster_folder"/log/* "$cluster_folder/munge/log"
    return 1
}

all_nodes_are_up() { [[ $(sinfo -h -p low -N -o %T | grep -cxE 'idle|mixed|allocated') == "$cluster_nodes" ]]; }

controller_start() { start slurmctld.out /usr/sbin/slurmctld -D -i; }
controller_kill() { process_kill slurmctld.out; }

# A node is what descends from its first process.
# shellcheck disable=SC2016 # for the shell in there
node_boot() {
    rm -rf "$cluster_folder/spool.$1"
    ip link set "$1" up
    start "node.$1" nsenter --net="/run/netns/$1" unshare --uts --pid --ipc --mount --mount-proc --fork --kill-child \
        bash -c 'hostname "$0"; mount -t tmpfs -o mode=1777 none /dev/shm; /usr/sbin/slurmd -D -N "$0"; exit' \
        "$1"
}

# No goodbye reaches the others: the cable goes first.
node_power_off() {
    ip link set "$1" down
    process_kill "node.$1"
}

process_kill() {
    kill -9 "${cluster_pids[$1]}"
    wait "${cluster_pids[$1]}" 2>/dev/null || true
}
