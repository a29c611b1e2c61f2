#include "controller/fly_sim/ids.h"

#include <fmt/format.h>

#include <array>

namespace dayfly::fly_sim {
namespace {

constexpr std::string_view hex = "0123456789abcdef";
constexpr std::string_view base36 = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

std::string Ids::letters(std::string_view alphabet, std::size_t count) {
    std::string text(count, ' ');
    for (auto& letter : text) letter = alphabet[random_.below(alphabet.size())];
    return text;
}

// Real ones begin with a small digit; a leading zero would make them look like numbers cut short.
std::string Ids::machine() { return letters("123456789", 1) + letters(hex, 13); }

std::string Ids::ulid(WallTime wall) {
    auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(wall.time_since_epoch()).count());
    std::string text(10, '0');
    for (std::size_t i = 10; i-- > 0; ms >>= 5) text[i] = crockford[ms & 31];
    text += letters(crockford, 16);
    if (text <= last_ulid_) {
        // Within one millisecond, and when the wall clock went back, ids still have to increase: count the last one up.
        text = last_ulid_;
        for (std::size_t i = text.size(); i-- > 0;) {
            auto const place = crockford.find(text[i]);
            if (place + 1 < crockford.size()) {
                text[i] = crockford[place + 1];
                break;
            }
            text[i] = crockford[0];
        }
    }
    last_ulid_ = text;
    return text;
}

std::string Ids::volume() { return "vol_" + letters(base36, 16); }
std::string Ids::snapshot() { return "vs_" + letters(base36, 16); }
std::string Ids::app() { return letters(base36, 16); }
std::string Ids::host() { return letters(hex, 4); }
std::string Ids::nonce() { return letters(hex, 12); }

std::string Ids::machine_name() {
    static constexpr std::array<std::string_view, 8> adjectives{"ancient", "blue",  "cold",   "dry",
                                                                "empty",   "muddy", "silent", "wandering"};
    static constexpr std::array<std::string_view, 8> nouns{"bird", "cloud", "dew", "fire", "moon", "pine", "river", "water"};
    return fmt::format("{}-{}-{:04}", adjectives[random_.below(adjectives.size())], nouns[random_.below(nouns.size())],
                       random_.below(10'000));
}

std::string Ids::private_address() {
    auto const next = [this] { return random_.below(0xffff) + 1; };
    return fmt::format("fdaa:0:{:x}:a7b:{:x}:{:x}:{:x}:2", next(), next(), next(), next());
}

std::string Ids::public_v6() { return fmt::format("2a09:8280:1::{:x}:{:x}", random_.below(0xffff) + 1, random_.below(0xffff)); }

std::string Ids::v4() { return fmt::format("137.66.{}.{}", random_.below(256), random_.below(254) + 1); }

}  // namespace dayfly::fly_sim
