// See activity_json.h. A number that was not understood must not look like "no requests".
#include "controller/fly_rest/activity_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace dayfly::fly_rest {
namespace {

constexpr std::size_t most_rows = 100'000;

/// Prometheus writes [time, "number"].
std::optional<double> number_from(Json sample) {
    simdjson::dom::array pair;
    std::string_view text;
    if (sample.get_array().get(pair) != simdjson::SUCCESS || pair.size() != 2) return std::nullopt;
    if (pair.at(1).get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
    double value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool const whole = problem == std::errc{} && end == text.data() + text.size();
    if (!whole || !std::isfinite(value) || value < 0) return std::nullopt;
    return value;
}

}  // namespace

std::optional<fly::NumberByApp> numbers_by_app_from(Json answer) {
    bool sound = true;
    ObjectReader const reader(answer, sound);
    if (reader.text("status") != "success" || reader.flag("isPartial")) return std::nullopt;
    auto const data = reader.object("data");
    auto const rows = data.list("result");
    if (data.text("resultType") != "vector" || !data.has("result") || !sound || rows.size() > most_rows) return std::nullopt;
    fly::NumberByApp numbers;
    for (auto const row : rows) {
        ObjectReader const one(row, sound);
        auto const app = one.object("metric").text("app");
        auto const value = number_from(one.at("value"));
        if (!value) return std::nullopt;
        if (app.empty()) continue;
        auto& number = numbers[app];
        number = std::max(number, *value);
    }
    if (!sound) return std::nullopt;
    return numbers;
}

}  // namespace dayfly::fly_rest
