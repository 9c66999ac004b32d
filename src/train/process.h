// SPDX-License-Identifier: MIT
#pragma once

namespace floe::train {

/// Readies this process for computing with tensors on `threads` threads; the first thing a program with LibTorch calls.
///
/// * One level of threads. LibTorch's loops and ours take that many OpenMP threads. An OpenBLAS with threads of its own
///   would add as many again, which wait by spinning beside those of OpenMP: it computes on the calling thread, and
///   where a product is worth threads ours are. An OpenBLAS built on OpenMP shares the threads and takes all of them.
/// * Memory stays. A training step frees and allocates the same large tensors over and over; glibc would give each back
///   to the system and have it filled with zeros anew, page by page.
void prepare_process(int threads);

}  // namespace floe::train
