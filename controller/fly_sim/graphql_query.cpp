#include "controller/fly_sim/graphql_query.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace dayfly::fly_sim {
namespace {

constexpr int deepest = 32;

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Names and numbers, strings with their quotes, "...", and single punctuation marks.
std::vector<std::string> tokens_of(std::string_view text) {
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < text.size();) {
        auto const c = text[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',') {
            ++i;
        } else if (c == '#') {
            while (i < text.size() && text[i] != '\n') ++i;
        } else if (c == '"') {
            std::size_t end = i + 1;
            while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
            tokens.emplace_back(text.substr(i, end + 1 - i));
            i = end + 1;
        } else if (text.substr(i, 3) == "...") {
            tokens.emplace_back("...");
            i += 3;
        } else if (is_name(c) || c == '-') {
            std::size_t end = i + 1;
            while (end < text.size() && (is_name(text[end]) || text[end] == '.')) ++end;
            tokens.emplace_back(text.substr(i, end - i));
            i = end;
        } else {
            tokens.emplace_back(1, c);
            ++i;
        }
    }
    return tokens;
}

class Parser {
public:
    Parser(std::string_view document, Json const& variables) : tokens_(tokens_of(document)), variables_(variables) {}

    std::expected<GraphQlOperation, std::string> read() {
        std::optional<GraphQlOperation> operation;
        collect_fragments();
        at_ = 0;
        while (!error_ && at_ < tokens_.size()) {
            if (peek() == "fragment") {
                skip_to_block();
                skip_block();
                continue;
            }
            GraphQlOperation read{.kind = peek() == "mutation" ? "mutation" : "query", .fields = {}};
            if (peek() != "{") skip_to_block();
            read.fields = fields(0);
            if (!operation) operation = std::move(read);
        }
        if (!error_ && !operation) error_ = "Unexpected end of document";
        if (error_) return std::unexpected(*error_);
        return std::move(*operation);
    }

private:
    [[nodiscard]] std::string const& peek() const {
        static std::string const end;
        return at_ < tokens_.size() ? tokens_[at_] : end;
    }
    std::string next() {
        auto token = peek();
        ++at_;
        return token;
    }
    bool take(std::string_view token) {
        if (peek() != token) return false;
        ++at_;
        return true;
    }
    void fail() {
        if (!error_) error_ = fmt::format("Parse error on \"{}\"", peek());
        at_ = tokens_.size();
    }

    void skip_to_block() {
        // Variable definitions may hold default objects, which are no selection.
        int depth = 0;
        for (; at_ < tokens_.size() && !(depth == 0 && peek() == "{"); ++at_) {
            if (peek() == "(") ++depth;
            if (peek() == ")") --depth;
        }
    }
    void skip_block() {
        int depth = 0;
        do {
            if (peek() == "{") ++depth;
            if (peek() == "}") --depth;
            ++at_;
        } while (depth > 0 && at_ < tokens_.size());
    }

    void collect_fragments() {
        for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
            if (tokens_[i] != "fragment" || (i > 0 && tokens_[i - 1] == "...")) continue;
            auto const name = tokens_[i + 1];
            while (i < tokens_.size() && tokens_[i] != "{") ++i;
            fragments_[name] = i;
        }
    }

    std::vector<Selection> fields(int depth) {
        std::vector<Selection> read;
        if (depth > deepest || !take("{")) {
            fail();
            return read;
        }
        while (!error_ && !take("}")) {
            if (at_ >= tokens_.size()) {
                fail();
            } else if (take("...")) {
                for (auto& field : fragment(depth)) read.push_back(std::move(field));
            } else {
                read.push_back(field(depth));
            }
        }
        return read;
    }

    std::vector<Selection> fragment(int depth) {
        if (peek() == "on" || peek() == "{") {
            if (take("on")) ++at_;
            return fields(depth + 1);
        }
        auto const found = fragments_.find(next());
        if (found == fragments_.end()) {
            fail();
            return {};
        }
        auto const back = at_;
        at_ = found->second;
        auto read = fields(depth + 1);
        if (!error_) at_ = back;
        return read;
    }

    Selection field(int depth) {
        Selection selection;
        selection.alias = next();
        if (selection.alias.empty() || !is_name(selection.alias.front())) fail();
        selection.name = take(":") ? next() : selection.alias;
        if (take("(")) {
            while (!error_ && !take(")")) {
                if (at_ >= tokens_.size()) fail();
                auto const name = next();
                if (!take(":")) fail();
                selection.arguments[name] = value(0);
            }
        }
        while (take("@")) {
            // Directives change nothing here.
            ++at_;
            if (peek() == "(") {
                while (at_ < tokens_.size() && !take(")")) ++at_;
            }
        }
        if (peek() == "{") selection.fields = fields(depth + 1);
        return selection;
    }

    Json value(int depth) {
        if (depth > deepest || at_ >= tokens_.size()) {
            fail();
            return {};
        }
        if (take("$")) {
            auto const name = next();
            return variables_.is_object() ? variables_.value(name, Json()) : Json();
        }
        if (take("[")) {
            auto list = Json::array();
            while (!error_ && !take("]")) list.push_back(value(depth + 1));
            return list;
        }
        if (take("{")) {
            auto object = Json::object();
            while (!error_ && !take("}")) {
                auto const name = next();
                if (!take(":")) fail();
                object[name] = value(depth + 1);
            }
            return object;
        }
        auto const token = next();
        auto literal = Json::parse(token, nullptr, false);
        // What is no JSON is an enumeration's word.
        return literal.is_discarded() ? Json(token) : literal;
    }

    std::vector<std::string> tokens_;
    Json const& variables_;
    std::size_t at_ = 0;
    std::map<std::string, std::size_t> fragments_;
    std::optional<std::string> error_;
};

}  // namespace

std::string Selection::text(std::string_view argument) const {
    auto const found = arguments.find(argument);
    return found != arguments.end() && found->is_string() ? found->get<std::string>() : "";
}

std::expected<GraphQlOperation, std::string> parse_graphql(std::string_view document, Json const& variables) {
    return Parser(document, variables).read();
}

}  // namespace dayfly::fly_sim
