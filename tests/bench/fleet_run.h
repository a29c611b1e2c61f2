// The measurements of fleet_run; each prints its results and throws when it cannot be done.
#pragma once

#include <chrono>
#include <cstddef>

namespace dayfly::bench {

/// `count` environments wanted at once, on virtual time, against a Fly with 100 ms of latency.
void create_in_virtual_time(std::size_t count, std::size_t workers);
/// The same in real time: the real program, loopback TLS.
void create_in_real_time(std::size_t count);
/// From the rename() of a spec file to Fly's first and first writing call about it, `changes` times, `count` environments.
void reaction(std::size_t count, std::size_t changes);
/// From a push, by its hook, to the update call at Fly: GitHub, the real program and Fly over loopback.
void hook(std::size_t pushes);
/// Restart of the program with `count` converged environments: calls, memory, and processor time over `idle`.
void steady_state(std::size_t count, std::chrono::seconds idle);
/// `GET /metrics` with `count` environments: time, size and series; with `remove` also that all series go with their
/// environments.
void scrape(std::size_t count, bool remove);

}  // namespace dayfly::bench
