// SPDX-License-Identifier: MIT
#include "flow/normal_equations.h"

#include <Eigen/Dense>

#include "base/error.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::flow;

TEST_CASE("the tiled Gram matrix is the product it stands for") {
  const Eigen::MatrixXd rows = Eigen::MatrixXd::Random(57, 300);
  const Eigen::MatrixXd expected = rows.transpose() * rows / 57;
  const Eigen::MatrixXd full = gram(rows).selfadjointView<Eigen::Lower>();
  CHECK((full - expected).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("centering uses the rows it is told to") {
  Eigen::MatrixXd rows(3, 1);
  rows << 1, 3, 10;
  center(rows, 2);
  CHECK(rows(0, 0) == -1);
  CHECK(rows(1, 0) == 1);
  CHECK(rows(2, 0) == 8);
}

TEST_CASE("the ridge solution is that of least squares, whatever the scales of the columns") {
  Eigen::MatrixXd rows = Eigen::MatrixXd::Random(80, 6);
  rows.col(2) *= 1e6;
  rows.col(4) *= 1e-5;
  const Eigen::VectorXd values = Eigen::VectorXd::Random(80);
  const Eigen::VectorXd expected = rows.colPivHouseholderQr().solve(values);
  const Eigen::VectorXd solution = solve_ridge(gram(rows), rows.transpose() * values / 80, 0);
  for (int k = 0; k < 6; ++k) CHECK(solution[k] == Approx(expected[k]).epsilon(1e-8));
}

TEST_CASE("columns that repeat or vanish do not break the regression; NaN does, with a message") {
  Eigen::MatrixXd rows = Eigen::MatrixXd::Random(40, 4);
  rows.col(1) = rows.col(0);
  rows.col(3).setZero();
  const Eigen::VectorXd values = 2 * rows.col(0) + rows.col(2);
  const Eigen::VectorXd solution = solve_ridge(gram(rows), rows.transpose() * values / 40, 1e-10);
  CHECK((rows * solution - values).norm() < 1e-6);
  rows(3, 2) = NAN;
  CHECK_THROWS_WITH(solve_ridge(gram(rows), values.head(4), 1e-6), ContainsSubstring("has no solution"));
}
