#!/usr/bin/env bash
# Fuzz targets: all of them built, or one of them run from its kept corpus. What libFuzzer finds stays
# in BUILD_DIR/findings; `BUILD_DIR/tests/fuzz_TARGET FILE` repeats it.
#
#   fuzz.sh build SOURCE_DIR BUILD_DIR CMAKE TARGETS...
#   fuzz.sh run SOURCE_DIR BUILD_DIR TARGET SECONDS [OPTIONS OF libFuzzer...]
set -euo pipefail
what=$1 source=$2 build=$3
shift 3

# shellcheck source=jobs/setup.sh
source "$source/jobs/setup.sh"
if ! has_libfuzzer; then
    echo "SKIPPED: there is no clang with libFuzzer"
    exit 77
fi

if [[ $what == build ]]; then
    cmake=$1
    shift
    # -O1: loops that ask for vectors stay scalar, which clang would warn of
    "$cmake" -S "$source" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
        -DHF_SANITIZE=ON -DHF_WERROR=ON "-DCMAKE_C_FLAGS=-O1 -fsanitize=fuzzer-no-link -Wno-pass-failed" >/dev/null
    "$cmake" --build "$build" --parallel 2 --target "${@/#/fuzz_}" | tail -n 1
    exit
fi

target=$1 seconds=$2
shift 2
mkdir -p "$build/findings"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options=()
if [[ $target == json ]]; then # every word of both formats
    grep -ohE '"[a-z_]{2,}"' "$source/inputs/scenario.schema.json" "$source/jobs/job.schema.json" |
        sort -u | sed 's/"\(.*\)"/"\\"\1\\""/' >"$work/words"
    options=("-dict=$work/words")
fi
mkdir "$work/new"
if ! "$build/tests/fuzz_$target" -max_total_time="$seconds" -max_len=8192 -len_control=0 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$build/findings/" -print_final_stats=1 "${options[@]}" "$@" \
    "$work/new" "$source/tests/fuzz/corpus/$target" >"$work/log" 2>&1; then
    tail -n 60 "$work/log"
    exit 1
fi
grep -E '^#[0-9]+\s+(INITED|DONE)|^stat::' "$work/log"
