#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the packages floe is built from (Debian 12, Ubuntu 24.04). Nothing missing: no root, no network, no change.
#
#   scripts/install-deps.sh [build|test|bench|lint]      what to prepare for; default: test
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

purpose=${1:-test}

# package: why. The build needs the first group whole; what is marked optional is left out where there is no such package.
required="g++: C++20 compiler
cmake: configures the build
ninja-build: runs the build
libeigen3-dev: linear algebra
libboost-dev: integrators (Boost.Odeint)
libfftw3-dev: Fourier transforms
libhdf5-dev: data files
librandom123-dev: random numbers
libxsimd-dev: vector instructions
libtoml11-dev: experiment files
libcli11-dev: the command line
nlohmann-json3-dev: JSON output
libspdlog-dev: log
libfmt-dev: text formatting
zlib1g-dev: compressed arrays of other programs (NPZ, MAT)"
optional="libopenmpi-dev: several processes (MPI)
ccache: faster repeated builds
git: version of the working tree in the output"
case $purpose in
  build) ;;
  test)
    required+="
catch2: the tests
python3: the layering test"
    optional+="
libtorch-dev: gradient training (LibTorch)
python3-h5py: checks that h5py reads our files
python3-scipy: checks that we read what numpy and scipy write
python3-xarray: checks that xarray reads our files"
    ;;
  bench) required+="
libbenchmark-dev: benchmark programs" ;;
  lint) required+="
clang-format: layout of the sources
clang-tidy: static checks
shellcheck: checks of the scripts" ;;
  *) die "unknown purpose '$purpose' (not one of build, test, bench, lint); say scripts/install-deps.sh test" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is no Debian or Ubuntu, so nothing is installed; floe needs, under their Debian names:"
  printf '%s\n%s\n' "$required" "$optional" >&2
  exit 0
fi

# missing <list>: the lines of the list whose package is not installed.
missing() {
  local installed
  # dpkg-query fails when it knows nothing of one of the packages; the others are printed all the same.
  # shellcheck disable=SC2046
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(cut -d: -f1 <<<"$1") 2>/dev/null |
    awk '$1 == "installed" {print $2}' || true)
  local line
  while IFS= read -r line; do
    grep -qxF "${line%%:*}" <<<"$installed" || printf '%s\n' "$line"
  done <<<"$1"
}

available() { [[ $(apt-cache policy "$1" 2>/dev/null) =~ Candidate:\ [^\(] ]]; }

needed=$(missing "$required")
wanted=$(missing "$optional")
[ -n "$needed$wanted" ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null; then
    as_root=(sudo)
  elif [ -n "$needed" ]; then
    # shellcheck disable=SC2046
    die "packages are missing (and this user is not root and has no sudo); as root, run:" \
      "apt-get install" $(cut -d: -f1 <<<"$needed")
  else
    say "left out, as this user is not root and has no sudo:"
    printf '%s\n' "$wanted" >&2
    exit 0
  fi
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >&2; }

# update_lists: once, and only when something is to be installed.
updated=
update_lists() {
  [ -z "$updated" ] || return 0
  updated=yes
  apt update || say "the package lists could not be updated; going on with those at hand"
}

# An optional package the lists do not offer stays out without asking for root on every run.
if [ -z "$needed" ] && [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ]; then
  updated=yes
else
  say "missing packages, to be installed with apt-get${as_root[0]:+ through ${as_root[0]} (it may ask for your password)}:"
  printf '%s\n' "$needed" "$wanted" | sed '/^$/d; s/^/     /' >&2
  update_lists
fi

packages=()
while IFS= read -r line; do
  [ -z "$line" ] && continue
  if available "${line%%:*}"; then
    packages+=("${line%%:*}")
  else
    say "${line%%:*} is not offered here: left out (${line#*: })"
  fi
done <<<"$wanted"

if [ -n "$needed" ]; then
  # shellcheck disable=SC2046
  apt install -y --no-install-recommends $(cut -d: -f1 <<<"$needed") ||
    die "apt-get could not install what the build needs (see its message above); mend that and run this script again"
fi
if [ "${#packages[@]}" -gt 0 ]; then
  [ -n "$needed" ] || say "installing with apt-get${as_root[0]:+ through ${as_root[0]}}: ${packages[*]}"
  apt install -y --no-install-recommends "${packages[@]}" ||
    say "apt-get could not install ${packages[*]}; the build goes on without"
fi
