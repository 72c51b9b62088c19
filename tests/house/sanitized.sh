#!/usr/bin/env bash
# Unit and kernel tests again, built for debugging with the address and undefined-behaviour sanitizers.
#
#   sanitized.sh CMAKE CTEST SOURCE_DIR BUILD_DIR
set -euo pipefail
cmake=$1 ctest=$2 source=$3 build=$4

"$cmake" -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DHF_SANITIZE=ON -DHF_WERROR=ON >/dev/null
"$cmake" --build "$build" --parallel 2 | tail -n 1
"$ctest" --test-dir "$build" -L 'unit|kernel' -E digests -j 2 --output-on-failure --no-tests=error | tail -n 40
