#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Looks for files that make a reader crash, hang or take more memory than it may: every libFuzzer target of tests/fuzz/,
# one after the other, from small valid files, with address and undefined-behaviour sanitizers. What it finds is kept in
# build/fuzz/findings/<target>. Exit code 0: nothing was found.
#
#   scripts/fuzz.sh [seconds [target...]]      seconds for each target (default 60); all targets, or those named
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seconds=${1:-60}
shift || true
build=build/fuzz
all=(csv json layouts lzf mat5 npy npz skysoft source toml)
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=("${all[@]}")
for target in "${targets[@]}"; do
  [[ " ${all[*]} " == *" $target "* ]] || die "no target '$target' (there are ${all[*]}); name one of these"
done
command -v clang++ >/dev/null || die "clang++ was not found (libFuzzer is part of it); install clang"

phase "configure" cmake --preset fuzz >/dev/null
phase "build" cmake --build --preset fuzz --parallel "$(jobs)" --target "${targets[@]/#/fuzz_}"
seeds=$build/seeds
phase "seeds" /usr/bin/python3 -B tests/fuzz/make_seeds.py "$seeds"

# A large allocation that a file asks for fails as it does when memory is short.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0:handle_abort=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
limits=(-rss_limit_mb=2048 -malloc_limit_mb=2048 -timeout=20 -max_len=65536 -print_final_stats=1)

# The first stack of a report leads through HDF5 before it comes to floe: the library fell over, not floe.
in_library() {
  awk '/^ +#[0-9]+ / { seen = 1
                       if (/libhdf5|libsz|libaec/) { library = 1; exit }
                       if (/floe::/) exit }
       seen && /^$/ { exit }
       END { exit !library }' "$1"
}

status=0
for target in "${targets[@]}"; do
  corpus=$build/corpus/$target
  findings=$build/findings/$target
  log=$build/$target.log
  rm -rf "$findings"
  mkdir -p "$corpus" "$findings"
  extra=()
  # HDF5 is not instrumented and falls over some damaged headers. These are told and left aside, so that the search goes
  # on; every one is run again below.
  [ "$target" != source ] || extra=(-fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1)
  say "fuzz_$target for $seconds s"
  failed=0
  "$build/tests/fuzz/fuzz_$target" "${limits[@]}" "${extra[@]}" -max_total_time="$seconds" -artifact_prefix="$findings/" \
    "$corpus" "$seeds/$target" >"$log" 2>&1 || failed=$?
  library=0
  real=0
  for finding in "$findings"/*; do
    [ -e "$finding" ] || continue
    if ! "$build/tests/fuzz/fuzz_$target" "${limits[@]}" "$finding" >"$findings/../$target.report" 2>&1; then
      if in_library "$findings/../$target.report"; then
        library=$((library + 1))
      else
        real=$((real + 1))
        say "FINDING: $finding"
        head -40 "$findings/../$target.report" >&2
      fi
    fi
  done
  [ "$failed" -eq 0 ] || [ "$real" -gt 0 ] || [ "$library" -gt 0 ] || { say "fuzz_$target failed: $log"; real=1; }
  runs=$(grep -oE 'stat::number_of_executed_units: *[0-9]+|^#[0-9]+' "$log" | grep -oE '[0-9]+' | sort -n | tail -1 || true)
  printf '%-8s %10s runs, %d findings, %d inputs over which HDF5 itself falls\n' "$target" "${runs:-0}" "$real" "$library"
  [ "$real" -eq 0 ] || status=1
done
exit "$status"
