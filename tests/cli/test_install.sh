#!/usr/bin/env bash
# cmake --install gives a tree that works by itself: the program, inputs, jobs, batch scripts, analysis.
#   usage: test_install.sh CMAKE BUILD
set -euo pipefail
cmake=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/a prefix" # with a space: paths are quoted wherever they are used

"$cmake" --install "$build" --prefix "$prefix" >"$work/install.log" || {
    cat "$work/install.log"
    exit 1
}
share="$prefix/share/holdfast"
for file in bin/holdfast share/holdfast/{inputs/{README.md,tutorial.json,scenario.schema.json},jobs/{baseline,smoke}.json} \
    share/holdfast/{slurm/one_node.sbatch,analysis/README.md} share/doc/holdfast/LICENSE; do
    [[ -f $prefix/$file ]] || {
        echo "not installed: $file"
        find "$prefix" -type f
        exit 1
    }
done
if grep -rlF -e "$build" "$share"; then
    echo "the files above name the place where they were built"
    exit 1
fi

# The installed smoke job, from elsewhere: its scenario is found beside it, the result lands here.
mkdir "$work/elsewhere"
cd "$work/elsewhere"
holdfast="$prefix/bin/holdfast"
"$holdfast" check "$share/jobs/smoke.json" >check.txt
"$holdfast" run "$share/jobs/smoke.json" --quiet >run.txt
"$holdfast" summary smoke.h5 >summary.txt
grep -q 'policy baseline' summary.txt || {
    echo "no summary of the baseline policy:"
    cat summary.txt
    exit 1
}
digest=$("$holdfast" summary --digest smoke.h5)
grep -qxF "$digest" run.txt || {
    echo "run and summary --digest do not agree: $digest"
    cat run.txt
    exit 1
}
code=0 # of a second run: the result is there already
"$holdfast" run "$share/jobs/smoke.json" --quiet 2>refused.txt || code=$?
[[ $code == 2 ]] || {
    echo "a second run over an existing result ended with $code instead of 2"
    cat refused.txt
    exit 1
}
echo "installed and ran from $prefix"
