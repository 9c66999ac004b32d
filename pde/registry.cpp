// SPDX-License-Identifier: MIT
#include "pde/registry.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/nearest.h"
#include "pde/advection/advection.h"
#include "pde/burgers/burgers.h"
#include "pde/darcy/darcy.h"
#include "pde/darcy/masked_darcy.h"
#include "pde/helmholtz/helmholtz.h"
#include "pde/navier_stokes/navier_stokes.h"
#include "pde/plate/plate.h"
#include "pde/point_sets/darcy_points.h"
#include "pde/point_sets/recall.h"
#include "pde/point_sets/rooms.h"
#include "pde/point_sets/wind.h"
#include "pde/poisson/antiderivative.h"
#include "pde/poisson/poisson.h"
#include "pde/reaction_diffusion/allen_cahn.h"
#include "pde/reaction_diffusion/fisher.h"
#include "pde/reaction_diffusion/fitzhugh_nagumo.h"
#include "pde/sequences/adding.h"

namespace floe::pde {

const std::vector<ProblemEntry>& problems() {
  static const std::vector<ProblemEntry> entries{
      {"adding", "a sequence of values, a few of them marked, to the running sum of these", make_adding_problem},
      {"advection", "u_t + c u_x = 0 on a circle: initial state to its trajectory, exact", make_advection_problem},
      {"allen_cahn", "u_t = D Lap u + r (u - u^3) on a torus: initial state to its trajectory",
       make_allen_cahn_problem},
      {"antiderivative", "s' = u, s(0) = 0: random function to its integral at queries", make_antiderivative_problem},
      {"burgers", "u_t + u u_x = nu u_xx on a circle: initial state to the state at t = 1, or a trajectory",
       make_burgers_problem},
      {"darcy", "-div(a grad u) = f on the unit square, coefficient to solution", make_darcy_problem},
      {"darcy_points", "-div(a grad u) = f: coefficients at scattered points to solutions at others",
       make_darcy_points_problem},
      {"diffusion_reaction", "FitzHugh-Nagumo in 2-D: initial noise of two species to their trajectories",
       make_diffusion_reaction_problem},
      {"fisher", "u_t = D u_xx + f(u), several reactions: initial state and reaction to the trajectory",
       make_fisher_problem},
      {"helmholtz", "(-Laplace - omega^2/c^2) u = 0 driven from one side, wave speed to solution",
       make_helmholtz_problem},
      {"masked_darcy", "-div(K grad u) = f on a disk, triangle, L-shape, ...: coefficient and mask to solution",
       make_masked_darcy_problem},
      {"navier_stokes", "forced 2-D flow on a torus: initial vorticity to its trajectory", make_navier_stokes_problem},
      {"plate", "heat conduction in a plate with rows of holes, design to temperature", make_plate_problem},
      {"poisson", "-Laplace u = f: random forcing to solution", make_poisson_problem},
      {"recall", "recall the value at a queried point out of a set of points with values", make_recall_problem},
      {"rooms", "temperature of rooms with heaters, from points that describe the room", make_rooms_problem},
      {"wind", "wind measured by aircraft in one minute to what they measure half an hour later", make_wind_problem},
  };
  return entries;
}

std::vector<std::string> problem_names() {
  std::vector<std::string> names;
  for (const ProblemEntry& entry : problems()) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Problem> make_problem(const std::string& name) {
  for (const ProblemEntry& entry : problems()) {
    if (entry.name == name) return entry.make();
  }
  throw ConfigError(fmt::format("there is no problem '{}' (the problems are listed by: floe list problems); {}", name,
                                suggestion(name, problem_names())));
}

}  // namespace floe::pde
