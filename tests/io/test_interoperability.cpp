// SPDX-License-Identifier: MIT
#include <numeric>

#include "base/error.h"
#include "io/dataset.h"
#include "io/ensemble.h"
#include "io/xdmf.h"
#include "python.h"
#include "samples.h"
#include "scratch.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::run_python;
using floe::test::SampleColumns;
using floe::test::Scratch;

namespace {

void write_plate(const std::filesystem::path& path, std::size_t samples, int deflate = 0) {
  DatasetWriter writer(path, floe::test::sample_description(), {.deflate = deflate});
  writer.append(samples, SampleColumns(0, samples).columns());
  writer.finalise();
}

void write_lattice(const std::filesystem::path& path, const std::vector<int>& sizes, std::size_t samples) {
  EnsembleInfo info;
  info.sizes = sizes;
  info.attributes = {{"mass_squared", -4.0}, {"coupling", 6.975}};
  info.generator = "wolff";
  info.parameters = {{"chain", ElementType::int64, "1", "Markov chain"}};
  std::size_t sites = 1;
  for (const int size : sizes) {
    sites *= static_cast<std::size_t>(size);
  }
  std::vector<double> rows(samples * sites);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = std::sin(static_cast<double>(i));
  }
  std::vector<std::int64_t> chain(samples);
  std::iota(chain.begin(), chain.end(), 0);
  write_ensemble(path, info, rows, std::vector<Column>{{"parameters/chain", chain}});
}

}  // namespace

TEST_CASE("h5py, netCDF4 and xarray see the values, dimensions and coordinates of a dataset") {
  const Scratch scratch;
  write_plate(scratch / "plate.h5", 11, GENERATE(0, 4));
  run_python(scratch, "check_dataset.py", "plate.h5 11");
}

TEST_CASE("the examples of the page on the dataset format run") {
  const Scratch scratch;
  write_plate(scratch / "plate.h5", 11);
  write_lattice(scratch / "ensemble.h5", {8, 8}, 20);
  run_python(scratch, "check_docs.py", "'" FLOE_SOURCE_DIR "/docs/dataset-format.md'");
  // The file that the page writes with h5py is a dataset to floe.
  if (std::filesystem::exists(scratch / "mine.h5")) {
    const DatasetReader reader(scratch / "mine.h5");
    CHECK(reader.samples() == 5);
    CHECK(reader.read<double>("outputs/u").size() == 5 * 16 * 32);
    CHECK(reader.description().axis("x").values.back() == 1.0);
  }
}

TEST_CASE("XDMF shows planes, volumes and lines and every reference resolves") {
  const Scratch scratch;
  SECTION("a plane") {
    write_plate(scratch / "plate.h5", 4);
    std::filesystem::create_directory(scratch / "views");
    const XdmfResult result = write_xdmf(scratch / "plate.h5", scratch / "views/plate.xdmf");
    CHECK(result.shown == std::vector<std::string>{"inputs/source", "outputs/temperature"});
    CHECK(result.left == std::vector<std::string>{"outputs/energy: has no axes"});
    run_python(scratch, "check_xdmf.py", "views/plate.xdmf 2 4 1 2DCoRectMesh");
  }
  SECTION("a volume") {
    write_lattice(scratch / "e.h5", {3, 4, 5}, 6);
    CHECK(write_xdmf(scratch / "e.h5", scratch / "e.xdmf", 2).shown == std::vector<std::string>{"outputs/phi"});
    run_python(scratch, "check_xdmf.py", "e.xdmf 1 2 1 3DCoRectMesh");
  }
  SECTION("a line") {
    write_lattice(scratch / "e.h5", {7}, 3);
    write_xdmf(scratch / "e.h5", scratch / "e.xdmf");
    run_python(scratch, "check_xdmf.py", "e.xdmf 1 3 1 2DCoRectMesh");
  }
}

TEST_CASE("what XDMF cannot show is said and no file is written") {
  const Scratch scratch;
  write_lattice(scratch / "e.h5", {2, 2, 2, 2}, 2);
  CHECK_THAT(message_of<DataError>([&] { write_xdmf(scratch / "e.h5", scratch / "e.xdmf"); }),
             ContainsSubstring("outputs/phi: has 4 axes"));
  DatasetDescription description;
  description.axes = {{"r", {1, 10, 100}, "m", "none"}};
  description.outputs = {{"u", {"r"}}};
  {
    DatasetWriter writer(scratch / "log.h5", description);
    writer.append(1, {{"outputs/u", std::span<const double>(description.axes[0].values)}});
    writer.finalise();
  }
  CHECK_THAT(message_of<DataError>([&] { write_xdmf(scratch / "log.h5", scratch / "e.xdmf"); }),
             ContainsSubstring("axis 'r' are not evenly spaced"));
  CHECK_FALSE(std::filesystem::exists(scratch / "e.xdmf"));
}
