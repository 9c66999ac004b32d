// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "flow/energy_path.h"
#include "flow/time_spline.h"
#include "flow/vector_field.h"
#include "random/philox.h"

namespace floe::flow {

/// How a linear field is trained in closed form.
struct LeastSquaresOptions {
  int nodes = 31;            ///< times at which the regression is solved; the coefficients are splines through them
  int walkers = 4096;        ///< samples of the regression
  double ridge = 1e-6;       ///< added to the diagonal of the correlation matrix of the features
  double tail_weight = 0.1;  ///< weight of stretched walkers in the regression, one for every eight walkers; 0 for none
  double tail_stretch = 1.3;  ///< by what they are stretched
  bool weighted = false;    ///< walkers carry Jarzynski weights: for updates that do not bring them back to equilibrium
  int refinements = 1;      ///< Gauss-Newton steps on whole trajectories
  int time_functions = 4;   ///< smooth functions of time in a correction
  int trajectories = 8192;  ///< samples of a Gauss-Newton step, of the target included
  double target_fraction = 0.2;  ///< share of them that are samples of the target, carried backwards
  int steps = 16;                ///< Runge-Kutta steps of a trajectory
  int validation = 1024;         ///< samples that choose the trust region, of the target included with the same share

  /// Throws ConfigError.
  void validate() const;
};

/// What one stage of training came to, for the log and metrics.csv.
struct TrainingRecord {
  std::string stage;      ///< "closed_form" or "gauss_newton"
  int step = 0;           ///< node of the closed-form pass, number of the Gauss-Newton step
  double time = 0;        ///< t of the node; 1 for a Gauss-Newton step
  double explained = 0;   ///< variance of what is to be explained: of df_t/dt, or of log w before the step
  double residual = 0;    ///< what the regression leaves of it
  double validation = 0;  ///< Gauss-Newton: variance of log w on fresh samples after the step
  double trust = 0;       ///< Gauss-Newton: the weight of the velocity metric that was chosen
  double log_z = 0;       ///< closed form: log Z_t so far, by integrating C_t = -E[df_t/dt]
  double seconds = 0;     ///< since training began
};

/// Trajectories of a flow, linearised in its coefficients; one row per trajectory, those from the base first.
struct TrajectoryRows {
  Eigen::MatrixXd
      derivatives;  ///< of log w by the amplitudes of corrections B_j(t) v_k: (trajectory, (j, k)), k fastest
  Eigen::VectorXd log_weights;
};

/// One system that a field is trained on. Several are trained on together with one set of coefficients: lattices of
/// different sizes, couplings of a range.
template <class T>
struct TrainingSystem {
  /// Moves walkers of block `index` so that they stay, or become, distributed as p_t. Called from all threads.
  using Refresh = std::function<void(double t, int node, std::int64_t index, Block<T>& walkers)>;

  std::shared_ptr<const EnergyPath<T>> path;
  std::shared_ptr<const LinearField<T>> field;  ///< all systems have as many parameters
  Refresh refresh;
  std::vector<Block<T>> target = {};  ///< samples of exp(-f_1) for Gauss-Newton steps
  /// g of this system: its field has the coefficients sum_j g_j C_j of the J sets that are trained.
  Eigen::VectorXd condition = Eigen::VectorXd::Ones(1);
  double weight = 1;  ///< of its variance in what is minimised
};

/// The coefficients sum_j g_j C_j of one system; (set, parameter) with parameters fastest.
TimeSpline conditioned(const TimeSpline& coefficients, const Eigen::VectorXd& condition);

/// The weight of the velocity metric with which the first Gauss-Newton step begins its search.
inline constexpr double initial_trust = 0.01;

/// Thrown out of a training that was asked to stop: not an error.
struct TrainingStopped {};

/// Trains a field that is linear in its coefficients by regressions instead of gradient descent.
///
/// Closed form. V moves p_t along the path iff  df_t/dt + C_t = div V - grad f_t . V  for all x (Mate and Fleuret,
/// arXiv:2301.07388, section 3). With V = sum_k c_k v_k this is linear in c: at every node, the c that minimises the
/// variance of the residual over walkers distributed as p_t solves a P x P system. The walkers are then moved on with V
/// and refreshed. Where the update that refreshes them does not reach equilibrium by itself, walkers have weights (see
/// Population) and are resampled when less than half of them count.
///
/// Gauss-Newton. The log-weight of a whole trajectory depends on the coefficients through the adjoint variable,
///
///   d log w / d c_k(t) = div v_k + lambda_t . v_k ,   lambda_1 = -grad f_1 ,  -dlambda/dt = (dV/dx)^T lambda + grad
///   div V ,
///
/// (for samples of the target, integrated backwards, the same with lambda_0 = -grad f_0 and the end point held), so
/// that the variance of the final log w is a least-squares problem for all times at once. A trust region in the metric
/// of the velocity, mu int E|delta V|^2 dt, keeps the step where the linearisation holds; mu is chosen by evaluating
/// the candidates.
///
/// T is the precision of fields and features; normal equations and weights are float64. Samples are keyed by (seed,
/// purpose, index): results do not depend on the number of threads.
template <class T>
class LeastSquaresTrainer final {
 public:
  using Refresh = typename TrainingSystem<T>::Refresh;
  struct Hooks {
    std::function<void(const TrainingRecord&)> observer = {};  ///< sees every stage
    std::function<bool()> stop = {};  ///< polled from all threads; true ends with TrainingStopped
  };

  /// `target`: samples of exp(-f_1) for the Gauss-Newton steps; may be empty when options.target_fraction is 0.
  LeastSquaresTrainer(std::shared_ptr<const EnergyPath<T>> path, std::unique_ptr<LinearField<T>> field,
                      LeastSquaresOptions options, std::uint64_t seed, Refresh refresh, std::vector<Block<T>> target,
                      Hooks hooks);
  /// On several systems at once, which share walkers, trajectories and validation samples evenly. Variances are summed
  /// with the systems' weights; each has its own C_t. Throws ShapeError when they do not fit together.
  LeastSquaresTrainer(std::vector<TrainingSystem<T>> systems, LeastSquaresOptions options, std::uint64_t seed,
                      Hooks hooks);
  ~LeastSquaresTrainer();

  /// The closed-form pass followed by options.refinements Gauss-Newton steps. A step that does not lower the variance
  /// of log w on fresh samples is not taken. Throws NumericalError when a regression cannot be solved.
  TimeSpline train();

  TimeSpline closed_form();
  TimeSpline refine(const TimeSpline& coefficients, int step);

  /// Where the next step begins its search for mu: part of the state of training, next to the coefficients.
  double trust() const { return trust_; }
  void set_trust(double trust) { trust_ = trust; }

  /// The linear problem of a Gauss-Newton step. The adjoint is that of the continuous flow, by Heun's method on the
  /// nodes of the trajectory: derivatives are exact up to the square of the step.
  TrajectoryRows sensitivities(const TimeSpline& coefficients, int step, std::size_t system = 0) const;

 private:
  struct Walk;

  void regress(Walk& walk, int node, Eigen::MatrixXd& matrix, Eigen::VectorXd& right) const;
  void move(Walk& walk, int node, const Eigen::MatrixXd& values) const;
  Eigen::MatrixXd velocity_metric(const TimeSpline& coefficients, std::size_t system) const;
  double validation_variance(const TimeSpline& coefficients) const;
  double validation_variance(const TimeSpline& coefficients, std::size_t system) const;
  random::Key key(const std::string& purpose, std::size_t system) const;
  std::int64_t share(double samples) const;
  double time(int node) const { return node + 1 == options_.nodes ? 1 : node * (1.0 / (options_.nodes - 1)); }
  void record(TrainingRecord record) const;
  void check_stop() const;

  std::vector<TrainingSystem<T>> systems_;
  LeastSquaresOptions options_;
  std::uint64_t seed_;
  Eigen::Index parameters_;  // of the field of one system
  Eigen::Index sets_;        // J
  Hooks hooks_;
  double begin_;  // seconds on the steady clock
  double trust_ = initial_trust;
};

}  // namespace floe::flow
