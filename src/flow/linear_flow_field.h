// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "flow/time_spline.h"
#include "flow/vector_field.h"

namespace floe::flow {

/// A field that is linear in its coefficients, with coefficients that vary smoothly in time.
template <class T>
class LinearFlowField final : public VectorField<T> {
 public:
  LinearFlowField(std::unique_ptr<LinearField<T>> field, std::shared_ptr<const TimeSpline> coefficients)
      : field_(std::move(field)), coefficients_(std::move(coefficients)) {}

  std::unique_ptr<VectorField<T>> clone() const override {
    return std::make_unique<LinearFlowField>(field_->clone(), coefficients_);
  }

  Eigen::Index size() const override { return field_->size(); }

  void velocity_and_divergence(double t, const Block<T>& x, Block<T>& velocity, LaneSums<T>& divergence) override {
    at(t).velocity_and_divergence(x, velocity, divergence);
  }

  /// The field with its coefficients of time t.
  LinearField<T>& at(double t) {
    if (t != time_) field_->set_coefficients((*coefficients_)(t));
    time_ = t;
    return *field_;
  }

 private:
  std::unique_ptr<LinearField<T>> field_;
  std::shared_ptr<const TimeSpline> coefficients_;
  double time_ = -1;
};

}  // namespace floe::flow
