// SPDX-License-Identifier: MIT
#include "pde/plate/plate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "pde/grid_axis.h"
#include "pde/plate/plate_solver.h"

namespace floe::pde {
namespace {

constexpr std::uint64_t positions = 8;
constexpr std::uint64_t table_size = 8 * positions;

/// Which rows of the table.
enum class Designs { all, training, test };

bool trains(std::uint64_t design) {
  const std::uint64_t position = design % positions;
  return position == 0 || position == 3 || position == 7;
}

/// The designs of a choice, in the order of the table.
std::vector<std::uint64_t> rows_of(Designs choice) {
  std::vector<std::uint64_t> rows;
  for (std::uint64_t design = 0; design < table_size; ++design) {
    if (choice == Designs::all || trains(design) == (choice == Designs::training)) rows.push_back(design);
  }
  return rows;
}

struct PlateOptions {
  Designs designs = Designs::all;
  std::vector<int> cells = {24, 24, 8};
  int refinement = 7;
  double radius = 0.2;
  double film_coefficient = 1.0;
  double tolerance = 1e-10;

  Plate plate(std::uint64_t design) const {
    Plate plate;
    plate.radius = radius;
    plate.holes = 2 + static_cast<int>(design / positions);
    plate.row_distance = 0.1 * static_cast<double>(9 + design % positions);
    return plate;
  }
  io::Axis axis(const std::string& name, std::size_t direction, double length) const {
    return describe_axis(
        name,
        {.points = cells[direction], .boundary = Boundary::neumann, .placement = Placement::cells, .length = length});
  }
  std::size_t count(std::size_t direction) const { return static_cast<std::size_t>(cells[direction]); }

  void validate() const {
    if (cells.size() != 3)
      throw ConfigError(fmt::format(
          "resolution has {} numbers (the plate has three directions); give three: [24, 24, 8]", cells.size()));
    if (refinement % 2 == 0)
      throw ConfigError(
          fmt::format("refinement = {} (centres of cells are centres of finer cells for odd numbers only); use "
                      "{} or {}",
                      refinement, refinement - 1, refinement + 1));
    for (std::uint64_t design = 0; design < table_size; ++design) plate(design).validate();
  }
};

void declare(config::Section& section, PlateOptions& options) {
  section.choice("designs", options.designs,
                 {{"all", Designs::all}, {"training", Designs::training}, {"test", Designs::test}},
                 "which rows of the table: the 64, the 24 to train on, or the 40 to be predicted");
  section.key("resolution", options.cells, "cells in x, y and z", config::between(1, 1024));
  section.key("refinement", options.refinement, "the equation is solved on cells this many times smaller; odd",
              config::between(1, 15));
  section.key("radius", options.radius, "of the holes, in thicknesses of the plate", config::positive());
  section.key("film_coefficient", options.film_coefficient,
              "heat flux per temperature at the upper face, in conductivity per thickness", config::positive());
  section.key("tolerance", options.tolerance, "relative residual that every solution meets",
              config::between(1e-14, 1e-2));
}

class PlateGenerator final : public Generator {
 public:
  explicit PlateGenerator(const PlateOptions& options) : options_(options), rows_(rows_of(options.designs)) {}

  void make(std::uint64_t index, Sample& sample) override {
    if (index >= rows_.size())
      throw ConfigError(fmt::format("design {} (the table has {}); ask for no more", index, rows_.size()));
    const std::uint64_t design = rows_[index];
    const Plate plate = options_.plate(design);
    const auto step = static_cast<std::size_t>(options_.refinement);
    const std::size_t nx = options_.count(0), ny = options_.count(1), nz = options_.count(2);
    const PlateSolution solution =
        solve_plate(plate, {nx * step, ny * step, nz * step}, options_.film_coefficient, options_.tolerance);
    const auto mask = sample["inputs/mask"], temperature = sample["outputs/temperature"];
    for (std::size_t k = 0; k < nz; ++k) {
      for (std::size_t j = 0; j < ny; ++j) {
        for (std::size_t i = 0; i < nx; ++i) {
          const auto fine = [step](std::size_t cell) { return cell * step + step / 2; };
          const std::size_t from = (fine(k) * ny * step + fine(j)) * nx * step + fine(i);
          mask[(k * ny + j) * nx + i] = solution.mask[from];
          temperature[(k * ny + j) * nx + i] = solution.temperature[from];
        }
      }
    }
    sample["parameters/num_holes"][0] = plate.holes;
    sample["parameters/hole_pos"][0] = plate.row_distance;
    sample["parameters/training"][0] = trains(design) ? 1.0 : 0.0;
  }

 private:
  PlateOptions options_;
  std::vector<std::uint64_t> rows_;
};

class PlateProblem final : public Problem {
 public:
  void bind(config::Section& section) override { declare(section, options_); }
  void validate() const override { options_.validate(); }
  std::uint64_t sample_limit() const override { return rows_of(options_.designs).size(); }
  io::DatasetDescription description() const override {
    const Plate plate = options_.plate(0);
    io::DatasetDescription description;
    description.title = "steady heat conduction in a plate cooled by two rows of round channels";
    description.axes = {options_.axis("z", 2, plate.thickness), options_.axis("y", 1, plate.width),
                        options_.axis("x", 0, plate.length)};
    description.inputs = {{.name = "mask", .axes = {"z", "y", "x"}, .long_name = "1 in the material, 0 inside holes"}};
    description.outputs = {{.name = "temperature", .axes = {"z", "y", "x"}, .long_name = "T, zero inside holes"}};
    description.parameters = {
        {.name = "num_holes", .type = io::ElementType::int64, .long_name = "holes in each of the two rows"},
        {.name = "hole_pos", .long_name = "distance of the rows from the middle of the plate"},
        {.name = "training", .type = io::ElementType::int64, .long_name = "1: to train on, 0: to be predicted"}};
    auto& attributes = description.attributes;
    attributes["equation"] =
        "Laplace T = 0, flux 1 into z = 0, -dT/dn = film_coefficient T at z = 1, T = 0 on walls of holes";
    attributes["radius"] = options_.radius;
    attributes["film_coefficient"] = options_.film_coefficient;
    attributes["refinement"] = std::int64_t{options_.refinement};
    attributes["tolerance"] = options_.tolerance;
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t) const override {
    return std::make_unique<PlateGenerator>(options_);
  }

 private:
  PlateOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_plate_problem() {
  return std::make_unique<PlateProblem>();
}

}  // namespace floe::pde
