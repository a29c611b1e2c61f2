// The shapes of an answer: a YAML stream, or JSON with a list of items; anything else is refused by name.
#include "controller/source/endpoint_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

namespace dayfly::source {
namespace {

using Json = nlohmann::ordered_json;

/// Deeper JSON is no spec, and would be walked recursively.
constexpr int max_json_depth = 64;
constexpr std::size_t max_pieces = 20'000;

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<std::size_t> read_count(std::string_view text) {
    std::size_t count = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return count;
}

std::unexpected<Error> refuse(std::string message, std::string hint = {}) {
    return failure(ErrorKind::InvalidInput, std::move(message), std::move(hint));
}

enum class Format { Yaml, Json };

/// Raw file servers (GitHub's among them) call YAML text/plain; an error page in that type holds no object and is refused
/// later.
Result<Format> format_of(http::Headers const& headers) {
    auto const* const header = headers.find("Content-Type");
    if (header == nullptr) return refuse("the answer has no Content-Type", "Send application/yaml or application/json.");
    auto const whole = lower_case(*header);
    auto const type = trimmed(std::string_view(whole).substr(0, whole.find(';')));
    if (auto const at = whole.find("charset="); at != std::string::npos) {
        auto const charset = std::string_view(whole).substr(at + 8);
        if (!charset.starts_with("utf-8") && !charset.starts_with("\"utf-8\"") && !charset.starts_with("us-ascii")) {
            return refuse("the answer is not in UTF-8");
        }
    }
    if (type == "application/json" || type.ends_with("+json")) return Format::Json;
    for (auto const* const yaml :
         {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml", "text/plain"}) {
        if (type == yaml) return Format::Yaml;
    }
    // Cut: it is somebody else's text.
    return refuse(fmt::format("the answer is of type '{}'", type.substr(0, 60)), "Send application/yaml or application/json.");
}

/// True for the `---` that begins a document: at column 0 it is one wherever it stands, even in a block of text
/// (YAML 1.2, 9.1.2).
bool is_document_marker(std::string_view line) {
    return line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

bool is_blank_or_comment(std::string_view line) {
    auto const text = trimmed(line);
    return text.empty() || text.starts_with('#');
}

/// Cuts a stream before its document markers, so that each document can be read in a turn of its own.
std::vector<AnswerPiece> split_yaml(std::string_view text, std::string const& place) {
    std::vector<AnswerPiece> pieces;
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::size_t begin = 0;
    int begin_line = 0;
    bool has_content = false;
    // Directives belong to the document below them.
    bool has_directive = false;
    auto const cut = [&](std::size_t end) {
        if (has_content) {
            pieces.push_back(
                {.text = std::string(text.substr(begin, end - begin)), .place = place, .lines_before = begin_line});
        }
    };
    int line_number = 0;
    for (std::size_t at = 0; at < text.size(); ++line_number) {
        auto const end = std::min(text.find('\n', at), text.size());
        auto const line = text.substr(at, end - at);
        if (is_document_marker(line) && !has_directive) {
            cut(at);
            begin = at;
            begin_line = line_number;
            has_content = line.size() > 3 && !is_blank_or_comment(line.substr(3));
        } else if (is_document_marker(line)) {
            has_directive = false;
        } else if (line.starts_with('%') && !has_content) {
            has_directive = true;
        } else if (!is_blank_or_comment(line)) {
            has_content = true;
        }
        at = end + 1;
    }
    cut(text.size());
    return pieces;
}

constexpr std::string_view not_believed = "; nothing is taken for gone";

/// What the answer says about being complete, in its body and in the header: two words that do not agree are none.
Result<void> read_claim(Json const& root, std::optional<std::size_t> header, EndpointAnswer& answer) {
    auto const complete = root.find("complete");
    if (complete != root.end() && !complete->is_boolean()) return refuse("'complete' is neither true nor false");
    bool const says_complete = complete != root.end() && complete->get<bool>();
    answer.says_incomplete = complete != root.end() && !says_complete;
    auto const number = root.find("count");
    std::optional<std::size_t> count;
    if (number != root.end() && number->is_number_unsigned()) count = number->get<std::size_t>();

    if (header && answer.says_incomplete) {
        answer.remark =
            fmt::format("the header Dayfly-Complete says {}, and the body that it is not complete{}", *header, not_believed);
    } else if (header && number != root.end() && count != header) {
        answer.remark =
            fmt::format("the header Dayfly-Complete says {}, and the body counts otherwise{}", *header, not_believed);
    } else if (header) {
        answer.declared_count = header;
    } else if (says_complete && count) {
        answer.declared_count = count;
    } else if (says_complete) {
        answer.remark = fmt::format("the answer says complete but gives no count{}", not_believed);
    }
    return {};
}

Result<EndpointAnswer> read_json(std::string const& body, std::string const& place, std::optional<std::size_t> header) {
    bool too_deep = false;
    auto const watch_depth = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > max_json_depth;
        return !too_deep;
    };
    auto const root = Json::parse(body, watch_depth, /*allow_exceptions=*/false);
    if (too_deep) return refuse("the JSON is nested too deeply");
    if (root.is_discarded()) return refuse("the answer is not whole or not valid JSON");
    if (!root.is_object()) return refuse("the JSON is not an object", R"(Send {"items": [...]}.)");
    auto const items = root.find("items");
    if (items == root.end() || !items->is_array()) return refuse("the JSON has no list 'items'", R"(Send {"items": [...]}.)");
    if (items->size() > max_pieces) return refuse(fmt::format("{} items are more than {}", items->size(), max_pieces));

    EndpointAnswer answer{.lists_items = true};
    for (std::size_t index = 0; index < items->size(); ++index) {
        answer.pieces.push_back({.text = (*items)[index].dump(-1, ' ', false, Json::error_handler_t::replace),
                                 .place = fmt::format("{} items[{}]", place, index),
                                 .counts_once = true});
    }
    if (auto const revision = root.find("revision"); revision != root.end()) {
        if (!revision->is_string()) return refuse("'revision' is not a text");
        answer.revision = revision->get<std::string>().substr(0, 256);
    }
    if (auto const claim = read_claim(root, header, answer); !claim) return std::unexpected(claim.error());
    return answer;
}

}  // namespace

Result<EndpointAnswer> read_answer(http::Response const& response, std::string const& place) {
    if (auto const* const encoding = response.headers.find("Content-Encoding");
        encoding != nullptr && lower_case(*encoding) != "identity") {
        return refuse("the answer is compressed, which was not asked for");
    }
    auto const format = format_of(response.headers);
    if (!format) return std::unexpected(format.error());
    auto const body = trimmed(response.body);
    if (body.starts_with('<')) return refuse("the answer is HTML or XML, no list of specs");

    std::optional<std::size_t> claimed;
    if (auto const* const header = response.headers.find("Dayfly-Complete")) {
        claimed = read_count(trimmed(*header));
        if (!claimed) return refuse("the header Dayfly-Complete is not a number");
    }
    if (*format == Format::Json) return read_json(response.body, place, claimed);
    EndpointAnswer answer{.pieces = split_yaml(response.body, place), .declared_count = claimed};
    if (answer.pieces.size() > max_pieces) return refuse(fmt::format("more than {} documents", max_pieces));
    if (answer.pieces.empty() && claimed != 0) {
        return refuse("the answer is empty", "When there really is nothing, say so by the header Dayfly-Complete: 0.");
    }
    return answer;
}

}  // namespace dayfly::source
