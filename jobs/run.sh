#!/usr/bin/env bash
# The one command: installs what is missing (Debian, Ubuntu), builds, runs the main job on all cores and
# prints its tables.
#
#   jobs/run.sh [ARGUMENTS OF holdfast run...]     e.g. jobs/run.sh --trials 10000 --seed 7
#
# JOB=path chooses another job, RANKS=n another number of ranks (it changes no bit of the result).
# The result is results/NAME.h5 beside this folder, replaced each time, or what --output says.
set -euo pipefail
# shellcheck source=jobs/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

job=${JOB:-$root/jobs/baseline.json}
result=
previous=
for argument; do
    case $argument in
    -h | --help) exec sed -n '2,/^set/{/^#/s/^#\( \|$\)//p}' "${BASH_SOURCE[0]}" ;;
    --output=*) result=${argument#*=} ;;
    *) [[ $previous != --output ]] || result=$argument ;;
    esac
    previous=$argument
done
output=()
if [[ -z $result ]]; then
    result=$root/results/$(basename "$job" .json).h5
    output=(--output "$result" --force)
fi

ensure "$build_needs"
build release -DBUILD_TESTING=OFF
holdfast=$root/build/release/src/cli/holdfast
ranks=${RANKS:-$(cores)}
find_mpirun "$ranks"

[[ -z ${output[*]} ]] || mkdir -p "$root/results"
say "running $(basename "$job") on $ranks ranks"
"${mpirun[@]}" "$holdfast" run "$job" "${output[@]}" "$@"
if [[ -f $result ]]; then
    "$holdfast" summary "$result"
    say "result: $result"
fi
