// Identifiers in the forms Fly uses, all from one seeded generator.
#pragma once

#include <string>

#include "controller/base/clock.h"
#include "controller/base/random.h"

namespace dayfly::fly_sim {

class Ids {
public:
    explicit Ids(std::uint64_t seed) : random_(seed) {}

    std::string machine();            ///< 14 hex digits
    std::string ulid(WallTime wall);  ///< 26 characters; each is greater than the one before
    std::string volume();             ///< vol_ and 16 of a-z 0-9
    std::string snapshot();           ///< vs_ and 16
    std::string app();                ///< 16 of a-z 0-9
    std::string host();               ///< 4 hex digits, as volumes show in `zone`
    std::string nonce();              ///< 12 hex digits
    std::string machine_name();       ///< adjective-noun-NNNN
    std::string private_address();    ///< fdaa:…
    std::string public_v6();
    std::string v4();

    Random& random() { return random_; }

private:
    std::string letters(std::string_view alphabet, std::size_t count);

    Random random_;
    std::string last_ulid_;
};

}  // namespace dayfly::fly_sim
