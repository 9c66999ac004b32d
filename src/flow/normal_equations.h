// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

namespace floe::flow {

/// Subtracts from every column the mean of its first `count` entries.
void center(Eigen::MatrixXd& rows, Eigen::Index count);
/// The same with a mean weighted by one weight for each of the first rows.
void center(Eigen::MatrixXd& rows, const Eigen::VectorXd& weights);

/// The lower triangle of rows^T rows / count, on all threads; the result does not depend on their number.
Eigen::MatrixXd gram(const Eigen::MatrixXd& rows);

/// Solves (matrix + ridge diag(matrix)) c = right for a symmetric positive matrix given by its lower triangle, after
/// scaling to a unit diagonal. A matrix that is not positive to rounding gets ten times the ridge, again until it is;
/// throws NumericalError at a ridge of 1.
Eigen::VectorXd solve_ridge(Eigen::MatrixXd matrix, const Eigen::VectorXd& right, double ridge);

}  // namespace floe::flow
