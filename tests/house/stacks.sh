#!/usr/bin/env bash
# Other stacks: the presets `mpich` and `serial` build without a warning, pass the tests of ranks and
# files, load one MPI or none and the HDF5 of it, refuse the launcher of another MPI, and give results
# with the same content as the build, with Open MPI, that this test belongs to.
#
#   stacks.sh CMAKE CTEST SOURCE_DIR BUILD_DIR C_COMPILER MPIEXEC HOLDFAST TESTS...
set -euo pipefail
cmake=$1 ctest=$2 source=$(realpath "$3") build=$4 compiler=$5 mpiexec=$6 holdfast=$7
tests=("${@:8}")
job=$source/jobs/smoke.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n_failed=0
n_skipped=0

ok() { echo "ok: $*"; }
failed() {
    echo "FAILED: $*"
    n_failed=$((n_failed + 1))
}

# there COMMAND PACKAGES: whether it is here; says so if not
there() {
    command -v "$1" >/dev/null && return
    echo "SKIPPED: no $1 here (apt-get install $2)"
    n_skipped=$((n_skipped + 1))
    return 1
}

# builds PRESET: what of it is asked here; its log speaks only when it fails
builds() {
    local folder=$build/$1 arguments=(-G Ninja -DHF_WERROR=ON "-DCMAKE_C_COMPILER=$compiler")
    ! command -v ccache >/dev/null || arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    cd "$source"
    "$cmake" --preset "$1" -B "$folder" "${arguments[@]}" &&
        nice "$cmake" --build "$folder" --parallel 2 --target holdfast "${tests[@]##*/}"
}
passes_tests() {
    local names=("${tests[@]##*/}") IFS='|'
    "$ctest" --test-dir "$build/$1" -R "^(${names[*]})" --output-on-failure --no-tests=error
}

# loads WHAT PATTERN PROGRAMS...: of MPI and HDF5, just what the pattern says, directly or through others
loads() {
    local program libraries
    for program in "${@:3}"; do
        libraries=$(ldd "$program" | sed -n 's/^\s*lib\(mpi\|mpich\|hdf5[_a-z]*\)\.so.*/\1/p' | grep -v _hl |
            sort | paste -sd ' ')
        if [[ $libraries =~ ^($2)$ ]]; then
            ok "$1: ${program##*/} loads $libraries"
        else
            failed "$1: ${program##*/} loads '$libraries' instead of '$2'"
        fi
    done
}

# content COMMAND...: the digest of the job's result with all its trials, or what went wrong
content() {
    "$@" run --quiet --force --record all --output "$work/result.h5" "$job" 2>&1 | tail -n 1
}
same() { # same WHAT COMMAND...
    local found
    found=$(content "${@:2}")
    if [[ $found == "$first" ]]; then ok "$1: same content"; else failed "$1: '$found' instead of '$first'"; fi
}

# refuses WHAT WORDS COMMAND...: exit code 2, these words, no result
refuses() {
    local code=0 said
    rm -f "$work/result.h5"
    said=$("${@:3}" run --quiet --output "$work/result.h5" "$job" 2>&1) || code=$?
    if [[ $code == 2 && $said == *"$2"* && ! -e $work/result.h5 ]]; then
        ok "$1: refused"
    else
        failed "$1: exit code $code, said: $said"
    fi
}

# check PRESET PATTERN: builds it, then all that holds for both; its program in $other
check() {
    other=$build/$1/src/cli/holdfast
    for step in builds passes_tests; do
        if ! ("$step" "$1") >"$work/$step.log" 2>&1; then
            grep -E -A 8 'CMake Error|error:|FAILED|undefined reference' "$work/$step.log" | head -n 80
            failed "$1: $step"
            return 1
        fi
    done
    ok "$1: $(grep -c ' Passed ' "$work/passes_tests.log") tests"
    loads "$1" "$2" "$other" "${tests[@]/#*\//$build/$1/tests/}"
    same "$1, 1 rank" "$other"
    refuses "$1 under the mpirun of Open MPI" '2 tasks (OMPI_COMM_WORLD_SIZE)' "$mpiexec" -n 2 "$other"
}

first=$(content "$holdfast")
[[ $first == 'content digest '* ]] || failed "nothing to compare with: $first"
loads 'this build' 'hdf5(_openmpi)? mpi' "$holdfast" "${tests[@]}"
same 'this build, 3 ranks' "$mpiexec" -n 3 "$holdfast"

hydra=
if there mpicc.mpich 'mpich libmpich-dev' && there h5pcc.mpich libhdf5-mpich-dev; then
    hydra=mpiexec.mpich
    refuses 'this build under the mpirun of MPICH' '2 tasks (PMI_SIZE)' "$hydra" -n 2 "$holdfast"
    if check mpich 'hdf5_mpich mpich'; then
        same 'mpich, 3 ranks' "$hydra" -n 3 "$other"
    fi
fi
if there h5cc libhdf5-dev && check serial 'hdf5(_serial)?'; then
    [[ -z $hydra ]] || refuses 'serial under the mpirun of MPICH' 'built without MPI' "$hydra" -n 2 "$other"
    if ninja -C "$build/serial" -t deps | grep '/mpi\.h'; then
        failed "serial: mpi.h is included"
    else
        ok "serial: no file sees an mpi.h"
    fi
fi
((n_failed == 0)) || exit 1
((n_skipped == 0)) || exit 77
