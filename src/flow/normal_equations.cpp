// SPDX-License-Identifier: MIT
#include "flow/normal_equations.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/parallel_for.h"

namespace floe::flow {

void center(Eigen::MatrixXd& rows, Eigen::Index count) {
  parallel_for(rows.cols(), [&](std::int64_t k) { rows.col(k).array() -= rows.col(k).head(count).mean(); });
}

void center(Eigen::MatrixXd& rows, const Eigen::VectorXd& weights) {
  const double sum = weights.sum();
  parallel_for(rows.cols(),
               [&](std::int64_t k) { rows.col(k).array() -= rows.col(k).head(weights.size()).dot(weights) / sum; });
}

Eigen::MatrixXd gram(const Eigen::MatrixXd& rows) {
  const Eigen::Index columns = rows.cols(), width = 128;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> tiles;
  for (Eigen::Index i = 0; i < columns; i += width)
    for (Eigen::Index j = 0; j <= i; j += width) tiles.emplace_back(i, j);
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(columns, columns);
  parallel_for(static_cast<std::int64_t>(tiles.size()), [&](std::int64_t n) {
    const auto [i, j] = tiles[n];
    const Eigen::Index height = std::min(width, columns - i), breadth = std::min(width, columns - j);
    result.block(i, j, height, breadth).noalias() =
        rows.middleCols(i, height).transpose() * rows.middleCols(j, breadth) / static_cast<double>(rows.rows());
  });
  return result;
}

Eigen::VectorXd solve_ridge(Eigen::MatrixXd matrix, const Eigen::VectorXd& right, double ridge) {
  // A column without variance gets the scale 1 and, through the ridge, the coefficient 0.
  const Eigen::VectorXd diagonal = matrix.diagonal();
  const Eigen::VectorXd scale = diagonal.unaryExpr([](double d) { return d > 0 ? 1 / std::sqrt(d) : 1.0; });
  matrix = scale.asDiagonal() * matrix * scale.asDiagonal();
  for (; ridge < 1; ridge = std::max(10 * ridge, 1e-15)) {
    Eigen::MatrixXd shifted = matrix;
    shifted.diagonal().array() += ridge;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(shifted);
    if (factor.info() != Eigen::Success) continue;
    const Eigen::VectorXd solution = scale.cwiseProduct(factor.solve(scale.cwiseProduct(right)));
    if (solution.allFinite()) return solution;
  }
  throw NumericalError(
      fmt::format("a regression for {} coefficients has no solution (its matrix is not positive or holds NaN); "
                  "use more train.walkers or fewer field.scales",
                  right.size()));
}

}  // namespace floe::flow
