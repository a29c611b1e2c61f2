// Valid environments that differ in everything that can differ: food for property tests and simulations.
#pragma once

#include <string>

#include "controller/base/random.h"
#include "specs/environment.h"

namespace dayfly::test {

/// A valid environment called `name`; the same numbers from `random` give the same one.
[[nodiscard]] specs::PreviewEnvironment random_environment(Random& random, std::string name);

}  // namespace dayfly::test
