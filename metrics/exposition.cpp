#include "metrics/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

namespace dayfly::metrics {
namespace {

std::string_view type_name(Type type) {
    switch (type) {
        case Type::Counter: return "counter";
        case Type::Gauge: return "gauge";
        case Type::Histogram: return "histogram";
    }
    return "unknown";
}

/// The shortest text that reads back as the same number.
void append_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else if (value == std::trunc(value) && std::fabs(value) < 1e15) {
        // Counts and timestamps stay readable: no exponent as long as every digit is exact.
        out += fmt::format_int(static_cast<std::int64_t>(value)).c_str();
    } else {
        fmt::format_to(std::back_inserter(out), "{}", value);
    }
}

/// OpenMetrics' canonical form of a bucket's bound: always a float.
std::string bound(double value) {
    std::string text;
    append_number(text, value);
    if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

/// How many bytes the UTF-8 character at the start of `text` has; 0: it is none. (RFC 3629)
std::size_t character_length(std::string_view text) {
    auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned const first = byte(0);
    if (first < 0x80) return 1;
    std::size_t const length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    unsigned const second = byte(1);
    bool const overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    bool const beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    return overlong || beyond ? 0 : length;
}

bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x80 && c != '\\' && c != '\n' && c != '"'; }

/// One label that is not UTF-8 (a path may be) would make Prometheus refuse the whole scrape.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
    if (std::ranges::all_of(text, is_plain)) {
        out += text;
        return;
    }
    for (std::size_t i = 0; i < text.size();) {
        auto const length = character_length(text.substr(i));
        if (length != 1) {
            out += length == 0 ? "\uFFFD" : text.substr(i, length);
            i += std::max<std::size_t>(length, 1);
            continue;
        }
        char const c = text[i++];
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

std::string_view unit_of(std::string_view family) {
    for (std::string_view const unit : {"seconds", "bytes"}) {
        if (family.ends_with(unit) && family.size() > unit.size()) return unit;
    }
    return {};
}

/// About how many bytes its lines take, rather more than less: text that grows to megabytes is copied each time that it does.
std::size_t room_for(Family const& family) {
    constexpr std::size_t per_line = 32;
    std::size_t bytes = 256;
    for (auto const& sample : family.samples) {
        std::size_t line = family.description.name.size() + per_line;
        for (auto const& [name, value] : sample.labels) line += name.size() + value.size() + 4;
        bytes += line * (sample.buckets.empty() ? 1 : sample.buckets.size() + 2);
    }
    return bytes;
}

/// Appends the lines of one family.
class Lines {
public:
    Lines(std::string& out, Description const& description, Format format)
        : out_(out), description_(description), format_(format) {}

    void head() {
        // To OpenMetrics the family is what is counted; "_total" belongs to the sample.
        std::string_view family = description_.name;
        bool const open = format_ == Format::OpenMetrics;
        if (open && description_.type == Type::Counter && family.ends_with("_total")) family.remove_suffix(6);
        fmt::format_to(std::back_inserter(out_), "# HELP {} ", family);
        append_escaped(out_, description_.help, open);
        fmt::format_to(std::back_inserter(out_), "\n# TYPE {} {}\n", family, type_name(description_.type));
        if (auto const unit = unit_of(family); open && !unit.empty()) {
            fmt::format_to(std::back_inserter(out_), "# UNIT {} {}\n", family, unit);
        }
    }

    void series(Sample const& sample) {
        if (description_.type != Type::Histogram) {
            line("", sample, {}, [&] { append_number(out_, sample.value); }, sample.exemplar);
            return;
        }
        for (auto const& bucket : sample.buckets) {
            line("_bucket", sample, bound(bucket.upper_bound), [&] { count(bucket.cumulative_count); }, bucket.exemplar);
        }
        line("_sum", sample, {}, [&] { append_number(out_, sample.value); });
        line("_count", sample, {}, [&] { count(sample.buckets.empty() ? 0 : sample.buckets.back().cumulative_count); });
    }

private:
    void count(std::uint64_t number) { out_ += fmt::format_int(number).c_str(); }

    void line(std::string_view suffix, Sample const& sample, std::string_view less_or_equal, auto const& append_value,
              std::optional<Exemplar> const& exemplar = {}) {
        out_ += description_.name;
        out_ += suffix;
        char separator = '{';
        for (auto const& [name, text] : sample.labels) label(separator, name, text);
        if (!less_or_equal.empty()) label(separator, "le", less_or_equal);
        if (separator == ',') out_ += '}';
        out_ += ' ';
        append_value();
        if (exemplar && format_ == Format::OpenMetrics) {
            out_ += " # ";
            char opening = '{';
            label(opening, exemplar->label.first, exemplar->label.second);
            out_ += "} ";
            append_number(out_, exemplar->value);
            fmt::format_to(std::back_inserter(out_), " {:.3f}", seconds_since_epoch(exemplar->at));
        }
        out_ += '\n';
    }

    void label(char& separator, std::string_view name, std::string_view text) {
        out_ += separator;
        out_ += name;
        out_ += "=\"";
        append_escaped(out_, text, true);
        out_ += '"';
        separator = ',';
    }

    std::string& out_;
    Description const& description_;
    Format format_;
};

}  // namespace

std::string_view content_type(Format format) {
    return format == Format::Text ? "text/plain; version=0.0.4; charset=utf-8"
                                  : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string write(std::vector<Family> const& families, Format format) {
    std::string out;
    std::size_t bytes = 0;
    for (auto const& family : families) bytes += room_for(family);
    out.reserve(bytes);
    for (auto const& family : families) {
        if (family.samples.empty()) continue;
        Lines lines(out, family.description, format);
        lines.head();
        for (auto const& sample : family.samples) lines.series(sample);
    }
    if (format == Format::OpenMetrics) out += "# EOF\n";
    return out;
}

}  // namespace dayfly::metrics
