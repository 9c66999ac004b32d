// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// The first example of DeepONet: s(y) = int_0^y u on [0, 1], that is s' = u, s(0) = 0, for Gaussian random u with
/// covariance exp(-(x - y)^2 / (2 length^2)), known at the points of the axis x. Lu, Jin, Pang, Zhang, Karniadakis,
/// Nat. Mach. Intell. 3 (2021) 218.
///
///     inputs/function (x)   inputs/query_position (query, coordinate)   outputs/query_value (query, query_channel)
///
/// u is a series of functions (SquaredExponentialSeries) integrated term by term, so s is exact to 1e-6 of its size and
/// the same for any number of sensors and queries.
std::unique_ptr<Problem> make_antiderivative_problem();

}  // namespace floe::pde
