// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "flow/vector_field.h"

namespace floe::flow {

/// What defines the basis of a random-feature field.
struct RandomFeatureOptions {
  int count = 256;         ///< K: ridge functions
  double shortest = 1;     ///< length 1 / |omega| over which the steepest rises
  double longest = 16;     ///< and the gentlest; lengths are log-uniform between them
  bool odd = false;        ///< only fields with V(-x) = -V(x)
  std::uint64_t seed = 1;  ///< of the random directions and places

  /// Throws ConfigError.
  void validate() const;
};

/// Random steps along random directions, each a gradient field, with constant and linear fields beside them:
///
///   V(x) = a + B x + sum_k c_k omega_k / |omega_k| h_k(omega_k . x) ,   div V = tr B + sum_k c_k |omega_k| h_k'(...),
///
/// h_k(z) = tanh(z + b_k), B symmetric (diagonal beyond 16 dimensions). Steps lie up to the distance `longest` from the
/// origin, and saturate: where there are no samples, the field stays bounded and smooth, which plane waves in their
/// place do not. Every continuity equation has a solution that is a gradient field, and such ridge functions become
/// dense among them as K grows (random features: Rahimi and Recht, NIPS 2007). For a field without structure in few
/// dimensions, or a short circle. With `odd`, a = 0 and h_k(z) = (tanh(z + b_k) + tanh(z - b_k)) / 2.
///
/// Coefficients are ordered a, B, c.
template <class T>
class RandomFeatureField final : public LinearField<T> {
 public:
  using Rows = typename LinearField<T>::Rows;

  /// A field on `size` sites. Throws ConfigError.
  RandomFeatureField(Eigen::Index size, const RandomFeatureOptions& options);
  RandomFeatureField(const RandomFeatureField&);
  ~RandomFeatureField() override;

  std::unique_ptr<LinearField<T>> clone() const override;
  Eigen::Index size() const override;
  Eigen::Index parameter_count() const override;
  void set_coefficients(const Eigen::VectorXd& coefficients) override;
  void velocity_and_divergence(const Block<T>& x, Block<T>& velocity, LaneSums<T>& divergence) override;
  void linearize(const Block<T>& x) override;
  void features(const Block<T>& cotangent, Rows& rows) override;
  void adjoint(const Block<T>& cotangent, Block<T>& result) override;
  void add_velocity_gram(const Block<T>& x, Eigen::MatrixXd& gram) override;

 private:
  struct Tables;
  struct Buffers;

  std::shared_ptr<const Tables> tables_;  // directions and places, shared by clones
  Eigen::VectorXd coefficients_;
  std::vector<T> combined_;  // (site, k): c_k omega_k / |omega_k|, row-major
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace floe::flow
