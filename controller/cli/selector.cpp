// See selector.h.
#include "controller/cli/selector.h"

#include <algorithm>

namespace dayfly::cli {
namespace {

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Cuts off what stands before the next comma that is in no parentheses.
std::string_view take_term(std::string_view& rest) {
    bool inside = false;
    std::size_t end = 0;
    for (; end < rest.size() && (inside || rest[end] != ','); ++end) {
        if (rest[end] == '(' || rest[end] == ')') inside = rest[end] == '(';
    }
    auto const term = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return term;
}

/// A label's key or value as far as it matters here: nothing of the selector's own signs.
bool is_plain(std::string_view text) { return text.find_first_of(" !=(),<>") == std::string_view::npos; }

}  // namespace

Result<Selector::Term> Selector::parse_term(std::string_view text) {
    auto const wrong = [&] {
        return failure(ErrorKind::InvalidInput, "--selector: '" + std::string(text) + "' is no condition",
                       "Write key=value, key!=value, key in (a, b), key notin (a, b), key or !key, joined by commas.");
    };
    Term term;
    std::string_view key = text;
    if (auto const open = text.find('('); open != std::string_view::npos) {
        auto const words = trimmed(text.substr(0, open));
        auto const space = words.find(' ');
        auto const verb = space == std::string_view::npos ? std::string_view() : trimmed(words.substr(space));
        if ((verb != "in" && verb != "notin") || !text.ends_with(')')) return wrong();
        key = words.substr(0, space);
        term.wanted = verb == "in";
        auto list = text.substr(open + 1, text.size() - open - 2);
        do {
            auto const comma = list.find(',');
            term.values.emplace_back(trimmed(list.substr(0, comma)));
            list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
        } while (!list.empty());
    } else if (auto const equals = text.find('='); equals != std::string_view::npos) {
        term.wanted = equals == 0 || text[equals - 1] != '!';
        key = trimmed(text.substr(0, term.wanted ? equals : equals - 1));
        term.values.emplace_back(trimmed(text.substr(text.substr(equals).starts_with("==") ? equals + 2 : equals + 1)));
    } else if (text.starts_with('!')) {
        term.wanted = false;
        key = trimmed(text.substr(1));
    }
    if (key.empty() || !is_plain(key) || !std::ranges::all_of(term.values, is_plain)) return wrong();
    term.key = key;
    return term;
}

Result<Selector> Selector::parse(std::string_view text) {
    Selector selector;
    while (!trimmed(text).empty()) {
        auto term = parse_term(take_term(text));
        if (!term) return std::unexpected(std::move(term.error()));
        selector.terms_.push_back(std::move(*term));
    }
    return selector;
}

bool Selector::selects(std::map<std::string, std::string> const& labels) const {
    return std::ranges::all_of(terms_, [&](Term const& term) {
        auto const label = labels.find(term.key);
        bool const holds = label != labels.end() &&
                           (term.values.empty() || std::ranges::find(term.values, label->second) != term.values.end());
        return holds == term.wanted;
    });
}

}  // namespace dayfly::cli
