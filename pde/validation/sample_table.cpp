// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/error.h"
#include "config/read.h"
#include "io/csv.h"
#include "pde/registry.h"
#include "pde/validation/tables.h"

namespace floe::pde::validation {

void sample_table(const std::string& name, const std::string& options, std::uint64_t index, const std::string& path,
                  const std::filesystem::path& csv) {
  const auto problem = make_problem(name);
  std::string toml = options;
  std::ranges::replace(toml, ';', '\n');
  config::read(config::Document::from_text(toml + "\n", "options"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  problem->validate();
  const io::DatasetDescription description = problem->description();
  Sample sample(description);
  problem->make_generator(1)->make(index, sample);

  const bool input = path.starts_with("inputs/");
  std::vector<std::string> columns;
  std::vector<std::vector<double>> axes;
  for (const io::Field& field : input ? description.inputs : description.outputs) {
    if (path != (input ? "inputs/" : "outputs/") + field.name) continue;
    columns = field.axes;
    for (const std::string& axis : field.axes) axes.push_back(description.axis(axis).values);
  }
  const auto values = sample[path];
  columns.emplace_back("value");
  io::CsvWriter table(csv, columns);
  std::vector<io::CsvCell> row(columns.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t rest = i;
    for (std::size_t a = axes.size(); a-- > 0;) {
      row[a] = axes[a][rest % axes[a].size()];
      rest /= axes[a].size();
    }
    row.back() = values[i];
    table.row(row);
  }
}

}  // namespace floe::pde::validation
