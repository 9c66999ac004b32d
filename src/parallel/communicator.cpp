// SPDX-License-Identifier: MIT
#include "parallel/communicator.h"

#include "parallel/mpi_calls.h"

namespace floe::parallel {

int Communicator::rank() const {
  return mpi::rank();
}
int Communicator::size() const {
  return mpi::size();
}
void Communicator::barrier() const {
  mpi::barrier();
}
std::string Communicator::broadcast(std::string text) const {
  auto size = static_cast<std::uint64_t>(text.size());
  mpi::broadcast(&size, sizeof size);
  text.resize(size);
  mpi::broadcast(text.data(), text.size());
  return text;
}
double Communicator::sum(double value) const {
  return mpi::reduce(value, mpi::Operation::sum);
}
double Communicator::max(double value) const {
  return mpi::reduce(value, mpi::Operation::max);
}
double Communicator::min(double value) const {
  return mpi::reduce(value, mpi::Operation::min);
}
std::int64_t Communicator::sum(std::int64_t value) const {
  return mpi::reduce(value, mpi::Operation::sum);
}
std::int64_t Communicator::max(std::int64_t value) const {
  return mpi::reduce(value, mpi::Operation::max);
}
std::int64_t Communicator::min(std::int64_t value) const {
  return mpi::reduce(value, mpi::Operation::min);
}

}  // namespace floe::parallel
