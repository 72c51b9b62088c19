#!/usr/bin/env bash
# Runs of the program under valgrind, which sees into libhdf5 where the sanitizers do not: two parts of
# a job, merged on two ranks. Kernels for AVX-512 valgrind does not know, and the program does not take.
#
#   memcheck.sh HOLDFAST MPIEXEC SOURCE_DIR
set -euo pipefail
holdfast=$1 mpiexec=$2 job=$3/jobs/smoke.json

if ! command -v valgrind >/dev/null; then
    echo "SKIPPED: there is no valgrind"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HWLOC_COMPONENTS=-x86 # which asks the CPU in ways that valgrind does not know
# What PMIx sends to its own daemon has bytes that mean nothing.
cat >"$work/pmix" <<'END'
{
   PMIx
   Memcheck:Param
   writev(vector[...])
   ...
   obj:*/libpmix.so*
   ...
}
END
memcheck=(valgrind --quiet --error-exitcode=9 --num-callers=30 "--suppressions=$work/pmix" "$holdfast")
options=(--quiet --trials 64 --record all --attribution fill_rate)

for part in 1/2 2/2; do
    "${memcheck[@]}" run "$job" "${options[@]}" --part "$part" --output "$work/r.h5"
done
merged=$("$mpiexec" -n 2 "${memcheck[@]}" merge "$job" "${options[@]}" --output "$work/r.h5" "$work"/r.h5.part-* |
    tail -n 1)
whole=$("$holdfast" run "$job" "${options[@]}" --output "$work/whole.h5" | tail -n 1)
if [[ $merged != "$whole" ]]; then
    echo "merged: $merged, in one run: $whole"
    exit 1
fi
