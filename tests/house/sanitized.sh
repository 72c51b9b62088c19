#!/usr/bin/env bash
# Unit and kernel tests and those on two ranks again, built for debugging with the address and
# undefined-behaviour sanitizers. Leaks count where Open MPI is not started.
#
#   sanitized.sh CMAKE CTEST SOURCE_DIR BUILD_DIR
set -euo pipefail
cmake=$1 ctest=$2 source=$3 build=$4

"$cmake" -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DHF_SANITIZE=ON -DHF_WERROR=ON >/dev/null
"$cmake" --build "$build" --parallel 2 | tail -n 1
for tests in "-L unit|kernel -E digests" "-R _n2$"; do
    # shellcheck disable=SC2086 # an option and its value
    "$ctest" --test-dir "$build" $tests -j 2 --output-on-failure --no-tests=error | tail -n 40
done
