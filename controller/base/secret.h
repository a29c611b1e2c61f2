// A value that must not be seen: it has no way to a stream, a formatter or JSON; only reveal() gives it out.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace dayfly {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    /// The value itself. Every call of this is a place to look at in review: it may go to Fly, to a digest, or nowhere.
    [[nodiscard]] std::string const& reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }
    friend bool operator==(Secret const&, Secret const&) = default;

private:
    std::string value_;
};

}  // namespace dayfly

template <>
struct fmt::formatter<dayfly::Secret> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(dayfly::Secret const&, Context& context) const {
        return fmt::formatter<std::string_view>::format("***", context);
    }
};
