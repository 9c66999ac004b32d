# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the scripts beside this file share; sourced, never run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# phase <what> <command...>: runs the command and says how long it took.
phase() {
  local what=$1 start=$SECONDS status=0
  shift
  say "$what"
  "$@" || status=$?
  if [ "$status" -ne 0 ]; then
    say "$what failed after $((SECONDS - start)) s (exit code $status)"
    return "$status"
  fi
  say "$what took $((SECONDS - start)) s"
}

# The number of jobs this machine bears: its processors, or fewer when memory is short (0.7 GB per job; the build has a
# narrower pool of its own for the units that include LibTorch).
jobs() {
  local processors available limit used
  processors=$(nproc 2>/dev/null || echo 1)
  available=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null || true)
  : "${available:=$((processors * 700000))}"
  # A container's own limit counts where there is one.
  if limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null) && [ "$limit" != max ]; then
    used=$(cat /sys/fs/cgroup/memory.current 2>/dev/null || echo 0)
    limit=$(((limit - used) / 1024))
    [ "$limit" -lt "$available" ] && available=$limit
  fi
  local count=$((available / 700000))
  [ "$count" -gt "$processors" ] && count=$processors
  [ "$count" -lt 1 ] && count=1
  echo "$count"
}
