#!/usr/bin/env bash
# The one command: installs what is missing (Debian, Ubuntu), builds with warnings as errors and runs
# every test.
#
#   tests/run.sh [--long] [ARGUMENTS OF ctest...]     e.g. tests/run.sh -R comm
#
# --long adds the tests labelled so. Whatever did not run is listed with its reason before CTest's
# closing lines; the exit code is CTest's.
set -euo pipefail
# shellcheck source=jobs/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/setup.sh"

long=(-LE '^long$')
arguments=()
for argument; do
    case $argument in
    -h | --help) exec sed -n '2,/^set/{/^#/s/^#\( \|$\)//p}' "${BASH_SOURCE[0]}" ;;
    --long) long=() ;;
    *) arguments+=("$argument") ;;
    esac
done

ensure "$build_needs$test_needs"
missing=$(missing_of "$optional_test_needs")
if [[ -n $missing ]]; then
    (ensure "$missing") || say "going on without these: their tests will be skipped"
fi
build ci -DHF_SYSTEM_PYTHON="$(python_path)"
folder=$root/build/ci
log=$folder/Testing/Temporary/LastTest.log

# What did not run, and why. Tests say `SKIPPED: reason`; Python's unittest: `... skipped 'reason'`.
list_skipped() {
    local left_out
    echo
    echo "Not run:"
    {
        if [[ -f $log ]]; then
            awk '/^[0-9]+\/[0-9]+ Testing: / { name = $3 }
                 /^SKIPPED: / { sub(/^SKIPPED: /, ""); print "  " name ": " $0 }
                 / \.\.\. skipped / { print "  " name ": " $0 }' "$log"
        fi
        if ((${#long[@]})); then
            left_out=$(cd "$folder" && ctest -N -FA . -L '^long$' "${arguments[@]}" |
                sed -n 's/^ *Test *#[0-9]*: */  /p' | sed 's/$/: takes long; --long runs it/')
            [[ -z $left_out ]] || echo "$left_out"
        fi
    } | grep . || echo "  nothing"
}

# The closing lines wait until CTest has ended, and with it its log.
hold_closing_lines() {
    local line closing=
    while IFS= read -r line; do
        [[ ! $line =~ ^[0-9]+%\ tests\ passed ]] || closing=$'\n'
        if [[ -n $closing ]]; then closing+=$line$'\n'; else printf '%s\n' "$line"; fi
    done
    list_skipped
    printf '%s' "$closing"
}

say "testing"
rm -f "$log"
cd "$folder"
ctest --output-on-failure --parallel "$(nproc)" --no-tests=error "${long[@]}" "${arguments[@]}" |
    hold_closing_lines
