# shellcheck shell=bash
# A real Slurm of one node on this machine, for tests that source this: munged, slurmctld and slurmd as
# root, without systemd, cgroups or anything outside one folder. Debian 12: slurmctld slurmd slurm-client
# munge. What is started here is ended here, by its process id.

cluster_folder= # sockets live below it, so its path must be short (107 bytes)
cluster_pids=()

# Says why this machine cannot have a cluster and ends with CTest's code for skipped; or returns.
cluster_or_skip() {
    local name
    if ((EUID != 0)); then
        echo "SKIPPED: only root can start a Slurm node"
        exit 77
    fi
    for name in slurmctld slurmd munged; do
        if [[ ! -x /usr/sbin/$name ]]; then
            echo "SKIPPED: no $name here (apt-get install slurmctld slurmd slurm-client munge)"
            exit 77
        fi
    done
}

# wait_until SECONDS COMMAND...
wait_until() {
    local tries=$(($1 * 10))
    shift
    while ! "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || return 1
        sleep 0.1
    done
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break # nobody answers
    done
    echo "$port"
}

# start NAME COMMAND...: in the background, words to log/NAME
start() {
    local name=$1
    shift
    setsid "$@" >"$cluster_folder/log/$name" 2>&1 </dev/null &
    cluster_pids+=($!)
}

cluster_configure() {
    local cpus=$1 host
    host=$(hostname -s)
    cat >"$cluster_folder/slurm.conf" <<END
ClusterName=holdfast
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster_folder/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=$cluster_folder/state
SlurmdSpoolDir=$cluster_folder/spool
SlurmctldPidFile=$cluster_folder/slurmctld.pid
SlurmdPidFile=$cluster_folder/slurmd.pid
SlurmctldLogFile=$cluster_folder/log/slurmctld
SlurmdLogFile=$cluster_folder/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,batch_sched_delay=0
KillWait=5
ReturnToService=2
MinJobAge=3600
MailProg=/bin/true
NodeName=hf1 NodeHostname=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=1000 State=UNKNOWN
PartitionName=test Nodes=hf1 Default=YES MaxTime=120 DefaultTime=10 State=UP
END
    echo "PMIxCliTmpDirBase=$cluster_folder/pmix" >"$cluster_folder/mpi.conf"
}

# cluster_up CPUS: afterwards sbatch, srun and scontrol talk to it
cluster_up() {
    cluster_folder=$(mktemp -d /tmp/hfslurm.XXXXXX)
    mkdir "$cluster_folder"/{log,state,spool,pmix,munge}
    chmod 755 "$cluster_folder" "$cluster_folder/munge"
    cluster_configure "$1"
    export SLURM_CONF=$cluster_folder/slurm.conf
    (umask 077 && head -c 1024 /dev/urandom >"$cluster_folder/munge/key")
    start munged /usr/sbin/munged --foreground --key-file="$cluster_folder/munge/key" \
        --socket="$cluster_folder/munge.sock" --seed-file="$cluster_folder/munge/seed" \
        --log-file="$cluster_folder/munge/log" --pid-file="$cluster_folder/munge/pid"
    wait_until 20 munge -n -S "$cluster_folder/munge.sock" &&
        start slurmctld.out /usr/sbin/slurmctld -D -i &&
        start slurmd.out /usr/sbin/slurmd -D -N hf1 &&
        wait_until 30 cluster_is_idle && return
    echo "the cluster did not come up:"
    tail -n 20 "$cluster_folder"/log/* "$cluster_folder/munge/log"
    return 1
}

cluster_is_idle() { [[ $(sinfo -h -o %T 2>/dev/null) == idle ]]; }
cluster_is_empty() { [[ -z $(squeue -h) ]]; }

# For a trap: ends jobs, then daemons, the last started first.
cluster_down() {
    local i
    [[ -n $cluster_folder ]] || return 0
    if scancel -f -u root 2>/dev/null; then
        wait_until 15 cluster_is_empty || true
    fi
    for ((i = ${#cluster_pids[@]} - 1; i >= 0; i--)); do
        kill "${cluster_pids[i]}" 2>/dev/null || continue
        wait_until 10 eval "! kill -0 ${cluster_pids[i]}" || kill -9 "${cluster_pids[i]}" 2>/dev/null || true
        wait "${cluster_pids[i]}" 2>/dev/null || true
    done
    rm -rf "$cluster_folder"
    cluster_folder=
}
