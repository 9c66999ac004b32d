// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// The adding problem, as a sequence of running sums: of a sequence of random numbers v, uniform in (0, 1), a few are
/// marked, m = 1 (0 elsewhere), and asked for is at every step what the marked ones add up to so far,
///
///   y_t = sum_{s <= t} m_s v_s
///
///     inputs/value (step)   inputs/marker (step)   outputs/sum (step)
///
/// One marker lies in each of `markers` parts of equal length, anywhere in it. The last answer needs values that are
/// the length of the sequence away: a model whose memory is shorter cannot have it. Hochreiter, Schmidhuber, Neural
/// Computation 9 (1997) 1735, who ask for the last sum only.
std::unique_ptr<Problem> make_adding_problem();

}  // namespace floe::pde
