// SPDX-License-Identifier: MIT
#pragma once

namespace floe {

/// The processors this process may run on (its scheduler affinity), at least 1.
int available_processors();

/// Fixes the number of OpenMP threads; 0 takes every available processor. Nested parallel regions run on one thread:
/// there is one level of threads, over blocks of samples. Returns the number. Throws ConfigError for a negative or
/// absurd number.
int set_threads(int requested);

/// The number of threads that a parallel region started now would have; 1 in a build without OpenMP.
int thread_count();

}  // namespace floe
