# shellcheck shell=bash disable=SC2034 # the tables are for who sources this
# For jobs/run.sh and tests/run.sh, which source it: what is missing, how to get it, building, ranks.
# It changes nothing by itself. The caller has `set -euo pipefail` and its arguments in "$@".

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '== %s\n' "$*"; }
complain() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# --- what is needed: words | how to see that it is there | apt | dnf | Spack | conda-forge ---
build_needs='
C compiler              | c_compiles stdio.h       | gcc libc6-dev                | gcc                | gcc       | gcc
CMake 3.21 or newer     | cmake_is_new             | cmake                        | cmake              | cmake     | cmake
Ninja                   | have ninja               | ninja-build                  | ninja-build        | ninja     | ninja
pkg-config              | have pkg-config          | pkg-config                   | pkgconf-pkg-config | pkgconf   | pkg-config
MPI                     | have mpicc mpirun        | libopenmpi-dev openmpi-bin   | openmpi-devel      | openmpi   | openmpi
HDF5 for that MPI       | have_parallel_hdf5       | libhdf5-openmpi-dev          | hdf5-openmpi-devel | hdf5+mpi  | hdf5=*=mpi_openmpi*
cJSON 1.7.15 or newer   | cjson_is_new             | libcjson-dev                 | cjson-devel        | cjson     | cjson
OpenSSL                 | c_compiles openssl/evp.h | libssl-dev                   | openssl-devel      | openssl   | openssl
git                     | have git                 | git ca-certificates          | git                | git       | git
'
test_needs='
C++ compiler            | have g++                 | g++                          | gcc-c++            | gcc       | gxx
CUnit                   | c_compiles CUnit/Basic.h | libcunit1-dev                | CUnit-devel        | cunit     | cunit
the PCG reference       | cxx_compiles pcg_random.hpp | libpcg-cpp-dev            | pcg-cpp-devel      | pcg-cpp   | pcg-cpp
xarray                  | python_has xarray        | python3-xarray               | python3-xarray     | py-xarray | xarray
h5netcdf                | python_has h5netcdf      | python3-h5netcdf             | python3-h5netcdf   | py-h5netcdf | h5netcdf
netCDF4 for Python      | python_has netCDF4       | python3-netcdf4              | python3-netcdf4    | py-netcdf4 | netcdf4
h5py                    | python_has h5py          | python3-h5py                 | python3-h5py       | py-h5py   | h5py
pandas                  | python_has pandas        | python3-pandas               | python3-pandas     | py-pandas | pandas
matplotlib              | python_has matplotlib    | python3-matplotlib           | python3-matplotlib | py-matplotlib | matplotlib
jsonschema              | python_has jsonschema    | python3-jsonschema           | python3-jsonschema | py-jsonschema | jsonschema
nbclient                | python_has nbclient      | python3-nbclient             | python3-nbclient   | py-nbclient | nbclient
ipykernel               | python_has ipykernel     | python3-ipykernel            | python3-ipykernel  | py-ipykernel | ipykernel
ncdump                  | have ncdump              | netcdf-bin                   | netcdf             | netcdf-c  | libnetcdf
h5dump                  | have h5dump              | hdf5-tools                   | hdf5               | hdf5      | hdf5
'
# Without these the tests that want them are skipped, and say so.
optional_test_needs='
clang                   | have clang               | clang                        | clang              | llvm      | clang
libFuzzer               | has_libfuzzer            | libclang-rt-dev              | compiler-rt        | llvm      | compiler-rt
clang-format            | have clang-format        | clang-format                 | clang-tools-extra  | llvm      | clang-format
valgrind                | have valgrind            | valgrind                     | valgrind           | valgrind  | valgrind
shellcheck              | have shellcheck          | shellcheck                   | ShellCheck         | -         | shellcheck
MPICH, HDF5 for it      | have mpicc.mpich h5pcc.mpich | mpich libmpich-dev libhdf5-mpich-dev | - | - | -
HDF5 without MPI        | have h5cc                | libhdf5-dev                  | -                  | -         | -
AArch64 compiler, qemu  | builds_for_aarch64       | gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user | - | - | -
'
# Only root can start a cluster.
if ((EUID == 0)); then
    optional_test_needs+='
Slurm                   | have sbin/slurmctld sbin/slurmd sbin/munged srun | slurmctld slurmd slurm-client munge | slurm-slurmctld slurm-slurmd slurm munge | slurm | -
namespaces              | have ip unshare nsenter setpriv | iproute2 util-linux      | iproute util-linux | iproute2 util-linux | iproute2 util-linux
'
fi

have() {
    local name
    for name; do
        if [[ $name == sbin/* ]]; then
            [[ -x /usr/$name ]] || return 1
        else
            command -v "$name" >/dev/null || return 1
        fi
    done
}
c_compiles() { printf '#include <stdio.h>\n#include <%s>\n' "$1" | "${CC:-gcc}" -E -xc - >/dev/null 2>&1; }
has_libfuzzer() {
    printf 'int LLVMFuzzerTestOneInput(void) { return 0; }\n' |
        clang -fsanitize=fuzzer,address,undefined -xc -o /dev/null - 2>/dev/null
}
builds_for_aarch64() { have qemu-aarch64 && CC=aarch64-linux-gnu-gcc c_compiles stdio.h; }
cxx_compiles() { printf '#include <%s>\n' "$1" | "${CXX:-g++}" -E -xc++ - >/dev/null 2>&1; }
# Debian's modules belong to Debian's python, whatever else stands first in PATH.
python_path() {
    if have apt-get; then echo /usr/bin/python3; else command -v python3 || echo python3; fi
}
python_has() { "$(python_path)" -c "import importlib.util as u, sys; sys.exit(not u.find_spec('$1'))" 2>/dev/null; }
cmake_is_new() {
    local version
    version=$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*//p')
    [[ -n $version && $(printf '3.21\n%s\n' "$version" | sort -V | head -n 1) == 3.21 ]]
}
have_parallel_hdf5() {
    have h5pcc || [[ -n ${HDF5_ROOT:-} ]] || pkg-config --exists hdf5-openmpi 2>/dev/null
}

cjson_is_new() { pkg-config --atleast-version=1.7.15 libcjson 2>/dev/null; }

# missing_of TABLE: its rows that are not there, spaces around the bars gone
missing_of() {
    local row check
    sed '/^$/d; s/ *| */|/g' <<<"$1" | while IFS= read -r row; do
        IFS='|' read -r _ check _ <<<"$row"
        # shellcheck disable=SC2086 # the check is a command and its arguments
        $check || printf '%s\n' "$row"
    done
}

# column N ROWS: the words of that column, one line
column() { cut -d '|' -f "$1" <<<"$2" | grep -vx -e - | tr '\n' ' ' | sed 's/ *$//'; }

explain_missing() {
    complain "missing: $(cut -d '|' -f 1 <<<"$1" | paste -sd , | sed 's/,/, /g')"
    cat >&2 <<END
    Debian, Ubuntu:  apt-get install $(column 3 "$1")
    Fedora, RHEL:    dnf install $(column 4 "$1")   (then: module load mpi/openmpi-x86_64)
    Spack:           spack install $(column 5 "$1")   (then: spack load ...)
    conda-forge:     conda install -c conda-forge $(column 6 "$1")
END
}

# --- apt ---
# How to become root, in `as_root`; false if there is no way.
as_root=()
can_install() {
    have apt-get dpkg || return 1
    ((EUID == 0)) && return 0
    have sudo || return 1
    as_root=(sudo)
    sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]
}

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}

# apt_install PACKAGES...: with the lists at hand if they will do, else with new ones; thrice
apt_install() {
    local log try
    log=$(mktemp)
    for try in 1 2 3; do
        if apt install -y --no-install-recommends "$@" >"$log" 2>&1; then
            rm -f "$log"
            return 0
        fi
        ((try == 1)) || sleep $((try * 5))
        apt update >>"$log" 2>&1 || true
    done
    tail -n 15 "$log" >&2
    rm -f "$log"
    return 1
}

# Packages of daemons would start them: a policy forbids it while ours are installed.
without_services() (
    policy=/usr/sbin/policy-rc.d
    if ((EUID == 0)) && [[ ! -e $policy ]]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    "$@"
)

# ensure TABLE: installs what of it is missing, or says what to install and ends with exit code 3
ensure() {
    local missing packages
    missing=$(missing_of "$1")
    [[ -n $missing ]] || return 0
    if can_install; then
        packages=$(column 3 "$missing")
        say "installing $packages"
        # shellcheck disable=SC2086 # a list of words
        without_services apt_install $packages || true
        missing=$(missing_of "$missing")
        [[ -n $missing ]] || return 0
    fi
    explain_missing "$missing"
    exit 3
}

# --- building ---
# build PRESET CMAKE_ARGUMENTS...: configures and builds build/PRESET; its logs speak only when it fails
build() {
    local preset=$1 folder="$root/build/$1" start=$SECONDS
    shift
    if [[ -f $folder/CMakeCache.txt ]] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
        say "build/$preset belongs to another place: starting it anew"
        rm -rf "$folder"
    fi
    mkdir -p "$folder"
    [[ -f $folder/CMakeCache.txt ]] || export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
    if ! (cd "$root" && cmake --preset "$preset" "$@") >"$folder/configure.log" 2>&1; then
        tail -n 30 "$folder/configure.log" >&2
        complain "configuring failed; all of it: $folder/configure.log"
        exit 3
    fi
    if ! cmake --build "$folder" --parallel "$(nproc)" >"$folder/build.log" 2>&1; then
        grep -E -A 8 'error:|FAILED:|undefined reference' "$folder/build.log" | head -n 60 >&2
        complain "building failed; all of it: $folder/build.log"
        exit 3
    fi
    say "built build/$preset in $((SECONDS - start)) s"
}

# --- ranks ---
# Cores that this process may use: hardware threads of one core count once, a container's quota counts.
cores() {
    local n allowed quota period
    allowed=,$(sed -n 's/^Cpus_allowed_list:\s*//p' /proc/self/status | tr ',' '\n' |
        while IFS=- read -r a b; do seq -s , "$a" "${b:-$a}"; done | tr '\n' ',')
    n=$(lscpu --online --parse=CPU,CORE,SOCKET 2>/dev/null | grep -v '^#' |
        while IFS=, read -r cpu core socket; do
            [[ $allowed != *",$cpu,"* ]] || echo "$core,$socket"
        done | sort -u | wc -l) || n=0
    ((n > 0)) || n=$(nproc)
    if read -r quota period 2>/dev/null </sys/fs/cgroup/cpu.max && [[ $quota != max ]]; then
        quota=$(((quota + period - 1) / period))
        ((quota >= n)) || n=$quota
    fi
    echo "$n"
}

# Sets the array `mpirun` to a launcher of N ranks that works here: one rank a core if binding is possible.
find_mpirun() {
    local n=$1 way
    mpirun=(mpirun -n "$n")
    [[ $(mpirun --version 2>/dev/null) == *"Open MPI"* || $(mpirun --version) == *OpenRTE* ]] || return 0
    ((EUID != 0)) || mpirun+=(--allow-run-as-root)
    # Reading another process's memory is forbidden in many containers; messages here are small.
    export OMPI_MCA_btl_vader_single_copy_mechanism=${OMPI_MCA_btl_vader_single_copy_mechanism:-none}
    for way in '--bind-to core' '--bind-to none' '--bind-to none --oversubscribe'; do
        # shellcheck disable=SC2206 # options and their values
        local trial=("${mpirun[@]}" $way)
        if timeout 30 "${trial[@]}" true >/dev/null 2>&1; then
            mpirun=("${trial[@]}")
            return 0
        fi
    done
    "${trial[@]}" true || true
    complain "mpirun cannot start $n processes here (its words are above)"
    exit 3
}
