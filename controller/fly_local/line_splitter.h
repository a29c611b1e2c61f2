// Bytes as they come from a process, cut into lines.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace dayfly::fly_local {

/// A line longer than the limit comes in pieces. Carriage returns at the end of a line are left out.
class LineSplitter {
public:
    static constexpr std::size_t longest = 4'096;
    using Line = std::function<void(std::string line)>;

    explicit LineSplitter(Line line) : line_(std::move(line)) {}

    void add(std::string_view bytes) {
        for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
            take(bytes.substr(0, end));
            hand_on();
            bytes.remove_prefix(end + 1);
        }
        take(bytes);
    }
    /// No more will come.
    void finish() {
        if (!rest_.empty()) hand_on();
    }

private:
    void take(std::string_view bytes) {
        while (rest_.size() + bytes.size() > longest) {
            auto const room = longest - rest_.size();
            rest_ += bytes.substr(0, room);
            bytes.remove_prefix(room);
            hand_on();
        }
        rest_ += bytes;
    }
    void hand_on() {
        if (rest_.ends_with('\r')) rest_.pop_back();
        line_(std::move(rest_));
        rest_.clear();
    }

    Line line_;
    std::string rest_;
};

}  // namespace dayfly::fly_local
