// Randomness, passed in: a seeded generator, so that a run can be replayed from its seed.
#pragma once

#include <cstdint>
#include <random>

namespace dayfly {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    /// Seeded by the operating system.
    static Random from_system() {
        std::random_device device;
        return Random((static_cast<std::uint64_t>(device()) << 32) | device());
    }

    std::uint64_t next() { return engine_(); }
    /// In [0, bound); 0 for a bound of 0.
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : engine_() % bound; }
    /// In [0, 1).
    double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

private:
    std::mt19937_64 engine_;
};

}  // namespace dayfly
