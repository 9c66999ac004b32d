// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace floe::lattice {

/// The measurements of one or many Markov chains: at each time of each chain, a column of numbers.
class Series final {
 public:
  /// Throws ShapeError unless both are at least 1.
  explicit Series(int observables, int chains = 1);

  int observables() const { return observables_; }
  int chains() const { return static_cast<int>(values_.size()); }
  int length(int chain) const;
  /// The number of measurements of all chains together.
  int total() const;

  /// Appends the measurement of one time to a chain. Throws ShapeError unless there is one value per observable.
  void append(int chain, const Eigen::Ref<const Eigen::ArrayXd>& values);
  /// Appends one column to each of the consecutive chains first_chain, first_chain + 1, ...: (observable, lane).
  void append_block(int first_chain, const Eigen::Ref<const Eigen::ArrayXXd>& values);

  /// One chain, (observable, time).
  Eigen::Map<const Eigen::ArrayXXd> chain(int chain) const;
  /// The means over all measurements of all chains, each measurement with the same weight. Throws DataError when empty.
  Eigen::ArrayXd means() const;

 private:
  int observables_;
  std::vector<std::vector<double>> values_;
};

/// A number computed from the expectation values of the observables, for example a susceptibility.
using MeanFunction = std::function<double(const Eigen::ArrayXd& means)>;

struct Quantity {
  std::string name;
  MeanFunction function;
};

/// The function that is one of the means.
MeanFunction mean_of(int observable);

/// A value with its statistical error.
struct Estimate {
  double value = 0;
  double error = 0;           ///< One standard deviation.
  double error_of_error = 0;  ///< Statistical.
  double tau_int = 0.5;       ///< Integrated autocorrelation time in measurements; 1/2 for independent ones.
  double tau_int_error = 0;   ///< Statistical.
  int window = 0;             ///< Where the sum over the autocorrelation function was cut.
  bool window_found = true;   ///< false: the chains are too short for their autocorrelation, the error is too small.
  double replica_q = std::numeric_limits<double>::quiet_NaN();  ///< Probability that chains from one distribution
                                                                ///< differ as much as these; NaN for one chain or
                                                                ///< chains shorter than 100 tau_int.
};

struct GammaOptions {
  double window_factor = 1.5;  ///< S of the automatic window: tau = S tau_int is taken for the decay; 1 to 2 is usual.

  /// Throws ConfigError unless positive and finite.
  void validate() const;
};

/// Errors by the Gamma-method: U. Wolff, "Monte Carlo errors with less errors", hep-lat/0306017. The autocorrelation
/// function of the observables, projected on the gradient of F at the means, is summed up to the window at which its
/// statistical and truncation errors balance; C_F and, with long replica, F are corrected for their 1/N bias.
///
/// Chains may have different lengths. Throws DataError when a chain is empty or a measurement is not finite.
Estimate gamma_method(const Series& series, const MeanFunction& function, const GammaOptions& options = {});
std::vector<Estimate> gamma_method(const Series& series, const std::vector<Quantity>& quantities,
                                   const GammaOptions& options = {});

struct JackknifeOptions {
  int blocks = 100;  ///< At least 2; as many as there are measurements when these are fewer.

  /// Throws ConfigError.
  void validate() const;
};

/// Errors by the blocked jackknife: the measurements of all chains in a row are cut into blocks, F is computed without
/// each block in turn, and error^2 = (B - 1)/B sum_b (F_b - mean F_b)^2. Blocks must be longer than the
/// autocorrelation. The value is F of all means, without bias correction. Throws DataError on fewer than two
/// measurements.
Estimate jackknife(const Series& series, const MeanFunction& function, const JackknifeOptions& options = {});

/// The same for weighted samples: <a> = sum w a / sum w with w = exp(log_weights), one per measurement in chain order,
/// up to a common factor. Throws ShapeError when their number differs, DataError when one is NaN or +infinite or none
/// is finite.
Estimate jackknife(const Series& series, std::span<const double> log_weights, const MeanFunction& function,
                   const JackknifeOptions& options = {});

}  // namespace floe::lattice
