#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks without running: layout (clang-format), the list in .clang-tidy on all units that do without LibTorch, the
# scripts (shellcheck). Changes nothing; exit code 1 when something was found.
#
#   scripts/lint.sh [pattern]      only sources whose path contains the pattern
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

pattern=${1:-}
phase "packages" scripts/install-deps.sh lint
[ -f build/release/compile_commands.json ] || phase "configure" cmake --preset release

mapfile -t sources < <(git ls-files -- 'src/*.h' 'src/*.cpp' 'lattice/*.h' 'lattice/*.cpp' 'operators/*.h' 'operators/*.cpp' \
  'pde/*.h' 'pde/*.cpp' 'tests/*.h' 'tests/*.cpp' 'bench/*.h' 'bench/*.cpp' | grep -F -- "$pattern" || true)
[ "${#sources[@]}" -gt 0 ] || die "no source has '$pattern' in its path; run scripts/lint.sh without it"
units=()
for file in "${sources[@]}"; do
  case $file in
    *_torch.cpp | operators/* | src/train/* | tests/* | bench/*) ;;
    # Only what the build knows how to compile.
    *.cpp) ! grep -qF "/$file\"" build/release/compile_commands.json || units+=("$file") ;;
  esac
done

status=0
phase "clang-format" clang-format --dry-run --Werror "${sources[@]}" || status=1
say "clang-tidy on ${#units[@]} units"
if [ "${#units[@]}" -gt 0 ]; then
  printf '%s\0' "${units[@]}" | xargs -0 -n 1 -P "$(jobs)" clang-tidy --quiet -p build/release || status=1
fi
phase "shellcheck" shellcheck scripts/*.sh .ci/run || status=1
exit "$status"
