// SPDX-License-Identifier: MIT
#include "train/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace floe::train {
namespace {

double along_cosine(double from, double to, double part) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

double one_cycle(const ScheduleOptions& options, double at, double total) {
  const double top = std::max(options.warm_up * total - 1, 1e-12);
  const double start = 1 / options.start_divisor;
  if (at <= top) return along_cosine(start, 1, at / top);
  return along_cosine(1, start / options.final_divisor, std::min(1.0, (at - top) / std::max(total - 1 - top, 1e-12)));
}

}  // namespace

void bind(config::Section& section, ScheduleOptions& options) {
  section.choice("schedule", options.kind,
                 {{"constant", ScheduleKind::constant},
                  {"one_cycle", ScheduleKind::one_cycle},
                  {"cosine", ScheduleKind::cosine},
                  {"step", ScheduleKind::step},
                  {"exponential", ScheduleKind::exponential},
                  {"piecewise", ScheduleKind::piecewise}},
                 "how the learning rate changes");
  const auto is = [&](ScheduleKind kind) { return options.kind == kind; };
  section.when(!is(ScheduleKind::constant), "schedule other than \"constant\"", [&] {
    section.key("schedule_per_step", options.per_step, "whether it changes at every step instead of every epoch");
  });
  section.when(is(ScheduleKind::one_cycle), "schedule = \"one_cycle\"", [&] {
    section.key("warm_up", options.warm_up, "fraction of the training in which the rate rises", config::between(0, 1));
    section.key("start_divisor", options.start_divisor, "learning_rate over the first rate", config::positive());
    section.key("final_divisor", options.final_divisor, "the first rate over the last", config::positive());
  });
  section.when(is(ScheduleKind::cosine), "schedule = \"cosine\"", [&] {
    section.key("least", options.least, "the rate at the end in units of learning_rate", config::between(0, 1));
  });
  section.when(is(ScheduleKind::step), "schedule = \"step\"", [&] {
    section.key("interval", options.interval, "epochs, or steps with schedule_per_step, between two changes",
                config::positive());
  });
  section.when(is(ScheduleKind::step) || is(ScheduleKind::exponential), "schedule = \"step\" or \"exponential\"",
               [&] { section.key("factor", options.factor, "of the rate at each change", config::positive()); });
  section.when(is(ScheduleKind::piecewise), "schedule = \"piecewise\"", [&] {
    section.key("boundaries", options.boundaries, "epochs, or steps with schedule_per_step, at which the rate changes",
                config::positive());
    section.key("rates", options.rates, "the rate from each boundary on, in units of learning_rate",
                config::at_least(0));
  });
}

void ScheduleOptions::validate() const {
  if (kind == ScheduleKind::piecewise && (boundaries.empty() || boundaries.size() != rates.size() ||
                                          !std::is_sorted(boundaries.begin(), boundaries.end()))) {
    throw ConfigError(
        fmt::format("train.boundaries has {} and train.rates {} numbers (there must be a rate for each boundary, and "
                    "boundaries must rise); give as many of both",
                    boundaries.size(), rates.size()));
  }
}

double schedule_factor(const ScheduleOptions& options, std::int64_t step, std::int64_t steps_per_epoch,
                       std::int64_t epochs) {
  const std::int64_t epoch = step / steps_per_epoch;
  const double at = static_cast<double>(options.per_step ? step : epoch);
  const double total = static_cast<double>(options.per_step ? steps_per_epoch * epochs : epochs);
  const double in_epochs = options.per_step ? at / static_cast<double>(steps_per_epoch) : at;
  switch (options.kind) {
    case ScheduleKind::constant:
      return 1;
    case ScheduleKind::one_cycle:
      return one_cycle(options, at, total);
    case ScheduleKind::cosine:
      return along_cosine(1, options.least, at / total);
    case ScheduleKind::step:
      return std::pow(options.factor, std::floor(at / static_cast<double>(options.interval)));
    case ScheduleKind::exponential:
      return std::pow(options.factor, in_epochs);
    case ScheduleKind::piecewise: {
      const auto passed = std::upper_bound(options.boundaries.begin(), options.boundaries.end(), static_cast<int>(at)) -
                          options.boundaries.begin();
      return passed == 0 ? 1 : options.rates[static_cast<std::size_t>(passed - 1)];
    }
  }
  return 1;
}

}  // namespace floe::train
