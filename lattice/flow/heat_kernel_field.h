// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "flow/vector_field.h"
#include "lattice/geometry.h"

namespace floe::lattice {

/// What defines the basis of a heat-kernel field, in lattice units: the same numbers give the field on every lattice.
struct HeatKernelBasis {
  std::vector<double> scales = {0, 0.15, 0.4, 1, 2.5};  ///< times s of the heat kernels, used on both sides
  std::vector<double> widths = {};                      ///< sigma_s: typical size of (J_s phi)_x, one per scale
  int features = 6;                                     ///< F: the linear one and F - 1 sines
  double max_frequency = 4;                             ///< of the sines, in units of 1 / sigma_s

  /// Throws ConfigError.
  void validate() const;
  /// |scales|^2 F.
  Eigen::Index parameter_count() const;
};

/// The heat-kernel field: smear, apply pointwise odd functions, smear again,
///
///   V_x = sum_{a,s,k} c_{ask} [ J_a h_k(J_s phi / sigma_s) ]_x ,  h_0(z) = z,  h_k(z) = sin(k w z),  w = w_max / (F -
///   1),
///
/// with J_s = exp(-s khat^2). The first-order solution of the continuity equation around a Gaussian has just this form,
/// with a quadrature over scales. Translations, the hyperoctahedral group and phi -> -phi commute with it, and its
/// divergence is exact at no further cost:
///
///   div V = sum_{a,s,k} c_{ask} (J_a J_s)(0) sum_x h_k'(u_s(x)) / sigma_s ,  u_s = J_s phi / sigma_s .
///
/// Coefficients are ordered (a, s, k), k fastest. Arithmetic: with S scales and V sites, 2 S d V L multiplications for
/// smearing (matrix products along d axes of length L) and S^2 F V for the coefficients, per sample.
template <class T>
class HeatKernelField final : public flow::LinearField<T> {
 public:
  using Rows = typename flow::LinearField<T>::Rows;

  HeatKernelField(const Geometry& geometry, HeatKernelBasis basis);
  HeatKernelField(const HeatKernelField&);
  ~HeatKernelField() override;

  std::unique_ptr<flow::LinearField<T>> clone() const override;
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

  void smear_input(const Block<T>& x);
  void smear_outputs(const Block<T>& x);
  /// Writes h_k(u_s(x)) of the tile of sites from x0 on, and calls visit((s, k), k w, cos(k w u_s(x))) for every sine.
  template <class Visit>
  void tabulate(Eigen::Index x0, Eigen::Index sites, const Visit& visit);

  std::shared_ptr<const Tables> tables_;  // what depends on the lattice and the basis, shared by clones
  std::vector<T> coefficients_;           // (a, (s, k)), row-major
  std::vector<T> transposed_;             // ((s, k), a), row-major
  std::vector<T> slopes_;                 // kappa_{sk} = sum_a c_{ask} (J_a J_s)(0) / sigma_s
  std::unique_ptr<Buffers> buffers_;
};

/// The standard deviation of (J_s phi)_x under a free field with covariance 1 / (2 (khat^2 + m^2)), for every scale:
/// the widths of a basis.
std::vector<double> free_field_widths(const Geometry& geometry, double mass_squared, const std::vector<double>& scales);

}  // namespace floe::lattice
