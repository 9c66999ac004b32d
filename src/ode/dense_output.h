// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "ode/options.h"
#include "ode/state.h"

namespace floe::ode {

/// The solution between the nodes of an integration. Fixed steps: the cubic Hermite polynomial of both ends (error
/// h^4). dopri5: the quartic of Dormand and Prince's continuous extension (Hairer, Norsett, Wanner I, II.6; error h^5),
/// which the values and derivatives of both ends and the value in the middle determine.
template <State S>
class DenseOutput final {
 public:
  /// One node: time, state and derivative, and the state in the middle of the step that led here when it is known.
  struct Node {
    double t;
    S state;
    S derivative;
    S middle;
    bool has_middle = false;
  };

  void add(Node node) { nodes_.push_back(std::move(node)); }
  const std::vector<Node>& nodes() const { return nodes_; }
  double t0() const { return nodes_.front().t; }
  double t1() const { return nodes_.back().t; }

  /// The state at a time within the integration, ends included. Throws ConfigError outside.
  S operator()(double t) const {
    const bool forward = t1() >= t0();
    if (!(forward ? t >= t0() && t <= t1() : t <= t0() && t >= t1())) detail::throw_outside(t, t0(), t1());
    if (nodes_.size() == 1) return nodes_.front().state;
    auto upper = std::upper_bound(nodes_.begin() + 1, nodes_.end() - 1, t, [forward](double time, const Node& node) {
      return forward ? time < node.t : time > node.t;
    });
    return interpolate(*(upper - 1), *upper, t);
  }

 private:
  static S interpolate(const Node& a, const Node& b, double t) {
    const double h = b.t - a.t;
    const double u = (t - a.t) / h;
    const double v = 1 - u;
    // Hermite: values 1 and 0, slopes 1 at one end; bubble: 1 in the middle, with zero values and slopes at both ends.
    const double bubble = 16 * u * u * v * v;
    double c[5] = {v * v * (1 + 2 * u), u * u * (1 + 2 * v), h * u * v * v, -h * u * u * v, 0};
    S out;
    StateTraits<S>::resize_like(out, a.state);
    if (b.has_middle) {
      c[0] -= bubble / 2;
      c[1] -= bubble / 2;
      c[2] -= bubble * h / 8;
      c[3] += bubble * h / 8;
      c[4] = bubble;
      StateTraits<S>::combine(out, c, a.state, b.state, a.derivative, b.derivative, b.middle);
    } else {
      StateTraits<S>::combine(out, c, a.state, b.state, a.derivative, b.derivative);
    }
    return out;
  }

  std::vector<Node> nodes_;
};

}  // namespace floe::ode
