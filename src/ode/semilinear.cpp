// SPDX-License-Identifier: MIT
#include "ode/semilinear.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <cmath>

#include "base/error.h"
#include "ode/phi_functions.h"

namespace floe::ode {

std::string_view to_string(SemilinearMethod method) {
  switch (method) {
    case SemilinearMethod::etdrk4:
      return "etdrk4";
    case SemilinearMethod::cn_heun:
      return "cn_heun";
    case SemilinearMethod::cn_euler:
      return "cn_euler";
  }
  throw ConfigError(fmt::format("unknown integration method (number {}); use a named one", static_cast<int>(method)));
}

int order(SemilinearMethod method) {
  switch (method) {
    case SemilinearMethod::etdrk4:
      return 4;
    case SemilinearMethod::cn_heun:
      return 2;
    case SemilinearMethod::cn_euler:
      return 1;
  }
  throw ConfigError(fmt::format("unknown integration method (number {}); use a named one", static_cast<int>(method)));
}

namespace detail {

template <class Rate>
void fill_tables(SemilinearMethod method, const std::vector<Rate>& rates, double h, SemilinearTables<Rate>& tables) {
  const std::size_t count = rates.size();
  const bool exponential = method == SemilinearMethod::etdrk4;
  tables.e.resize(count);
  tables.q.resize(count);
  for (std::vector<Rate>* table : {&tables.e2, &tables.f1, &tables.f2, &tables.f3}) {
    table->resize(exponential ? count : 0);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Rate z = h * rates[i];
    if (exponential) {
      const auto half = phi_functions(0.5 * z);
      const auto whole = phi_functions(z);
      tables.e[i] = whole[0];
      tables.e2[i] = half[0];
      tables.q[i] = 0.5 * h * half[1];
      tables.f1[i] = h * (whole[1] - 3.0 * whole[2] + 4.0 * whole[3]);
      tables.f2[i] = h * (2.0 * whole[2] - 4.0 * whole[3]);
      tables.f3[i] = h * (4.0 * whole[3] - whole[2]);
    } else {
      tables.e[i] = (1.0 + 0.5 * z) / (1.0 - 0.5 * z);
      tables.q[i] = h / (1.0 - 0.5 * z);
    }
  }
}

template void fill_tables(SemilinearMethod, const std::vector<double>&, double, SemilinearTables<double>&);
template void fill_tables(SemilinearMethod, const std::vector<std::complex<double>>&, double,
                          SemilinearTables<std::complex<double>>&);

void check_semilinear(std::size_t rates, std::size_t state, double t0, double t1, int steps) {
  if (rates != state)
    throw ShapeError(
        fmt::format("a state of {} components with {} rates (each component has one); give as many", state, rates));
  if (steps < 1)
    throw ConfigError(fmt::format("invalid steps={} (must be at least 1); give the number of equal steps", steps));
  check_times(t0, t1);
  if (!(t1 > t0))
    throw ConfigError(fmt::format(
        "cannot integrate from t={} to t={} (a stiff problem only runs forwards); give the later time last", t0, t1));
}

bool all_finite(const double* values, std::size_t count) {
  const Eigen::Map<const Eigen::ArrayXd> x(values, static_cast<Eigen::Index>(count));
  return (x * 0.0).sum() == 0.0;
}

}  // namespace detail
}  // namespace floe::ode
