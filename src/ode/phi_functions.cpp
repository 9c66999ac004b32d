// SPDX-License-Identifier: MIT
#include "ode/phi_functions.h"

#include <cmath>

namespace floe::ode {
namespace {

template <class T>
std::array<T, 4> evaluate(T z) {
  std::array<T, 4> phi;
  if (std::abs(z) < 1) {
    // phi_3(z) = sum_j z^j / (j + 3)!; the term of j = 17 is below 1 / 20! = 4e-19.
    T sum = 0;
    for (int j = 17; j >= 0; --j) sum = 1.0 + z * sum / static_cast<double>(j + 4);
    phi[3] = sum / 6.0;
    phi[2] = 0.5 + z * phi[3];
    phi[1] = 1.0 + z * phi[2];
    phi[0] = 1.0 + z * phi[1];
  } else {
    phi[0] = std::exp(z);
    phi[1] = (phi[0] - 1.0) / z;
    phi[2] = (phi[1] - 1.0) / z;
    phi[3] = (phi[2] - 0.5) / z;
  }
  return phi;
}

}  // namespace

std::array<double, 4> phi_functions(double z) {
  return evaluate(z);
}

std::array<std::complex<double>, 4> phi_functions(std::complex<double> z) {
  return evaluate(z);
}

}  // namespace floe::ode
