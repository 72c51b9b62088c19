#!/usr/bin/env bash
# jobs/run.sh where something is missing and nothing can be installed: it names the packages in the words
# of apt, dnf, Spack and conda, ends with 3 and builds nothing.
#   usage: test_run_missing.sh REPOSITORY
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy="$work/a copy"
mkdir -p "$copy/jobs" "$work/bin"
cp "$1"/jobs/{run,setup}.sh "$copy/jobs"
# A machine without apt-get, sudo, mpicc and ninja: only these are in PATH.
for name in bash sh env basename dirname sed grep sort head tail cut paste tr cat gcc cmake pkg-config h5pcc git \
    python3 mktemp wc seq; do
    path=$(command -v "$name") && ln -s "$path" "$work/bin/$name"
done

code=0
output=$(cd / && PATH="$work/bin" "$copy/jobs/run.sh" 2>&1) || code=$?
echo "$output"
[[ $code == 3 ]]
for words in "missing: Ninja, MPI" "apt-get install ninja-build libopenmpi-dev openmpi-bin" \
    "dnf install ninja-build openmpi-devel" "spack install ninja openmpi" "conda install -c conda-forge ninja openmpi"; do
    [[ $output == *"$words"* ]] || {
        echo "nothing says: $words"
        exit 1
    }
done
[[ ! -e $copy/build ]]
