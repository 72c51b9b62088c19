# shellcheck shell=bash disable=SC2154
# What the tests of the batch scripts expect, for tests that source it beside cluster.sh and set `holdfast`.

n_failed=0
alone= # the digest that one process computed

ok() { echo "ok: $1"; }
failed() {
    printf 'FAILED: %s\n' "$@"
    n_failed=$((n_failed + 1))
}

# expect NAME CODE COMMAND...: its exit code, its words in $output
expect() {
    local name=$1 expected=$2 code=0
    shift 2
    output=$(timeout -k 5 100 "$@" 2>&1) || code=$?
    if [[ $code == "$expected" || ($expected == fails && $code != 0 && $code -lt 124) ]]; then
        ok "$name"
    else
        failed "$name: exit code $code instead of $expected" "$output"
    fi
}

# says NAME TEXT: the last output, or the file given third, has it
says() {
    if [[ ${3:+$(<"$3")}${3:-$output} == *"$2"* ]]; then
        ok "$1"
    else
        failed "$1: nothing says \"$2\":" "${3:+$(<"$3")}${3:-$output}"
    fi
}

# same_digest NAME RESULT: as that of $alone, which one process computed
same_digest() {
    expect "$1: a result" 0 "$holdfast" summary --digest "$2"
    says "$1: the digest of one process" "$alone"
}

# job_says JOB FIELD: as Slurm has it
job_says() { scontrol show job --oneliner "$1" | sed -n "1s/.* $2=\([^ ]*\).*/\1/p"; }
has_ended() { [[ $(job_says "$1" JobState) =~ ^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL)$ ]]; }
is_running() { [[ $(job_says "$1" JobState) == RUNNING ]]; }
has_come_back() { (($(job_says "$1" Restarts) > 0)); }

# ends NAME JOB CODE [SECONDS]: that it does, with this exit code
ends() {
    local code
    wait_until "${4:-120}" has_ended "$2" || true
    code=$(job_says "$2" ExitCode)
    if has_ended "$2" && [[ $code == "$3:0" ]]; then
        ok "$1"
    else
        failed "$1: $(job_says "$2" JobState), exit code $code instead of $3:0" "$(cat "holdfast-$2"*.log)"
    fi
}
