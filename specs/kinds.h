// The kinds of scalar a field can be. Each knows how to read its value from a node, how to write it and what JSON Schema calls
// it; a field names its kind once, in describe.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "specs/environment.h"
#include "specs/formats.h"
#include "specs/node.h"

namespace dayfly::specs {

/// What is wrong with a value and what would be right; nothing when it was read.
using Verdict = std::optional<std::string>;

// Every kind has
//   using Value                                     the member it fills
//   Verdict read(Node const&, Value&) const         leaves the value alone when there is something wrong
//   ordered_json write(Value const&) const          null: without a value, to be left out
//   ordered_json schema() const                     without description and default

struct Boolean {
    using Value = bool;
    [[nodiscard]] Verdict read(Node const& node, bool& value) const;
    [[nodiscard]] nlohmann::ordered_json write(bool const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
};

struct WholeNumber {
    std::int64_t minimum;
    std::int64_t maximum;

    using Value = std::int64_t;
    [[nodiscard]] Verdict read(Node const& node, std::int64_t& value) const;
    [[nodiscard]] nlohmann::ordered_json write(std::int64_t const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
};

/// Text as it stands in the file: a plain 1.10 or true is the text "1.10" or "true".
struct Text {
    std::size_t longest = 256;  ///< characters
    Format const* format = nullptr;
    bool may_be_empty = false;         ///< then "" is written out too, instead of being left out
    bool looks_like_anything = false;  ///< numbers and booleans are usual here, so the schema lets them pass

    using Value = std::string;
    [[nodiscard]] Verdict read(Node const& node, std::string& value) const;
    [[nodiscard]] nlohmann::ordered_json write(std::string const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
};

/// One of a list of names that stay text in the program.
struct OneOf {
    std::span<std::string_view const> names;

    using Value = std::string;
    [[nodiscard]] Verdict read(Node const& node, std::string& value) const;
    [[nodiscard]] nlohmann::ordered_json write(std::string const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
};

template <class T>
struct Word {
    std::string_view text;
    T value;
};

[[nodiscard]] Verdict read_word(Node const& node, std::span<std::string_view const> words, std::size_t& index);
[[nodiscard]] nlohmann::ordered_json write_word(std::string_view word);
[[nodiscard]] nlohmann::ordered_json words_schema(std::span<std::string_view const> words);

/// One of a list of words that mean values of the program. YAML's habit of taking off, on, no and yes for booleans is not ours.
template <class T>
struct Choice {
    std::span<Word<T> const> words;

    using Value = T;
    [[nodiscard]] Verdict read(Node const& node, T& value) const {
        std::size_t index = 0;
        auto verdict = read_word(node, texts(), index);
        if (!verdict) value = words[index].value;
        return verdict;
    }
    template <class Json = nlohmann::ordered_json>
    [[nodiscard]] Json write(T const& value) const {
        for (auto const& word : words) {
            if (word.value == value) return write_word(word.text);
        }
        return write_word(words.front().text);
    }
    template <class Json = nlohmann::ordered_json>
    [[nodiscard]] Json schema() const {
        return words_schema(texts());
    }

private:
    [[nodiscard]] std::vector<std::string_view> texts() const {
        std::vector<std::string_view> texts;
        for (auto const& word : words) texts.push_back(word.text);
        return texts;
    }
};

/// A duration: Go's syntax plus `d`.
struct Span {
    Duration shortest;
    Duration longest;

    using Value = Duration;
    [[nodiscard]] Verdict read(Node const& node, Duration& value) const;
    [[nodiscard]] nlohmann::ordered_json write(Duration const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
};

/// A duration, or "never".
struct SpanOrNever {
    Span span;

    using Value = std::optional<Duration>;
    [[nodiscard]] Verdict read(Node const& node, std::optional<Duration>& value) const;
    [[nodiscard]] nlohmann::ordered_json write(std::optional<Duration> const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
};

/// sleep.after: a duration, "off" or "auto"; fills Sleep::policy and Sleep::after.
struct SleepAfter {
    Span span;

    using Value = Sleep;
    [[nodiscard]] Verdict read(Node const& node, Sleep& value) const;
    [[nodiscard]] nlohmann::ordered_json write(Sleep const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
};

/// A Kubernetes quantity of bytes (plain, Ki, Mi, Gi or Ti), kept as a count of Mi or of Gi.
struct Quantity {
    enum class Unit { Mi, Gi };
    Unit unit;
    int minimum;
    int maximum;

    using Value = int;
    [[nodiscard]] Verdict read(Node const& node, int& value) const;
    [[nodiscard]] nlohmann::ordered_json write(int const& value) const;
    [[nodiscard]] nlohmann::ordered_json schema() const;
    /// "1536Mi", "2Gi"
    [[nodiscard]] std::string text(int value) const;
};

/// "512Mi", "1Gi": memory as a spec writes it.
[[nodiscard]] std::string memory_text(int memory_mb);

}  // namespace dayfly::specs
