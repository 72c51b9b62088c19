#!/usr/bin/env bash
# A disk that fills up, or fails, while columns are written: exit code 3 and a sentence, on any number of
# ranks, by either writer, with either MPI-IO of Open MPI, and nothing left behind; never success, never a
# rank that waits for ever. The disk is a small tmpfs in a mount namespace of its own; where none can be
# had, a limit on file sizes alone makes writes fail, and the test counts as skipped.
# usage: test_full_disk.sh TEST_PARALLEL_WRITE MPIEXEC
set -uo pipefail
if [[ ${HF_IN_NAMESPACE:-} != yes ]]; then
    for kind in "--mount" "--user --map-root-user --mount"; do
        # shellcheck disable=SC2086 # several words
        if unshare $kind mount -t tmpfs none /mnt 2>/dev/null; then
            HF_IN_NAMESPACE=yes exec unshare $kind "$0" "$@"
        fi
    done
fi
program=$1 mpiexec=$2
work=$(mktemp -d)
trap 'umount -l "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/disk"
wrong=0

fails() { # fails HOW WRITER RANKS WORDS [VARIABLE=VALUE]
    local said code=0
    said=$(env "${@:5}" timeout -k 5 30 "$mpiexec" -n "$3" "$program" "$1" "$2" "$work/disk" 2>&1) || code=$?
    if [[ $code == 3 && $said == *$4* && -z $(ls -A "$work/disk") ]]; then
        echo "good  $1, $2, $3 ranks ${5:-}: $(grep -m 1 -F "$4" <<<"$said")"
    else
        echo "WRONG $1, $2, $3 ranks ${5:-}: exit code $code, left '$(ls -A "$work/disk")', said: $said"
        wrong=1
    fi
    rm -f "$work/disk"/*
}

fails limit alone 3 'File too large'
fails outside alone 3 'is outside of its 2 x 70000'
for io in ompio romio321; do
    fails limit together 3 'cannot write' "OMPI_MCA_io=$io"
    fails outside together 3 'is outside of its 2 x 70000' "OMPI_MCA_io=$io"
done
if [[ ${HF_IN_NAMESPACE:-} != yes ]]; then
    echo "SKIPPED: no mount namespace here: no disk that is really full"
    exit $((wrong ? 1 : 77))
fi
mount -t tmpfs -o size=1m none "$work/disk" # the sample's columns are 1.1 MB
for n in 1 3; do
    fails full reserving "$n" 'No space left on device'
    fails full alone "$n" 'No space left on device'
    fails full together "$n" 'cannot write' OMPI_MCA_io=ompio
    fails full together "$n" 'cannot write' OMPI_MCA_io=romio321
done
exit "$wrong"
