// Which requests came in: counted by action, the newest kept in a list. Never bodies, never headers.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "controller/base/clock.h"

namespace dayfly::fly_sim {

struct JournalEntry {
    std::uint64_t number = 0;
    Instant at{};
    std::string action;
    std::string method;
    std::string path;  ///< without the query
    int status = 0;    ///< 0: a long poll without an answer yet, or the connection was dropped
};

class Journal {
public:
    explicit Journal(std::size_t length) : length_(length) {}

    std::uint64_t add(Instant at, std::string_view action, bool write, std::string method, std::string path);
    void finish(std::uint64_t number, int status);

    [[nodiscard]] std::deque<JournalEntry> const& entries() const { return entries_; }
    /// Requests of that action since the last reset, refused ones too.
    [[nodiscard]] std::uint64_t count(std::string_view action) const;
    [[nodiscard]] std::uint64_t writes() const { return writes_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }
    [[nodiscard]] std::map<std::string, std::uint64_t, std::less<>> const& counts() const { return counts_; }
    void reset();

private:
    std::size_t length_;
    std::uint64_t numbers_ = 0;  ///< goes on across resets, so that a late answer cannot hit another entry
    std::uint64_t writes_ = 0;
    std::uint64_t total_ = 0;
    std::deque<JournalEntry> entries_;
    std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace dayfly::fly_sim
