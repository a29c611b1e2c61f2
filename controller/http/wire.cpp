// Reading and writing HTTP/1.1 messages; Beast's parsers do the reading.
#include "controller/http/wire.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

namespace dayfly::http {

namespace beast = boost::beast::http;

namespace {

constexpr std::size_t max_response_header = 64u << 10;

bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) || c == '\t'; });
}

bool is_target(std::string_view text) {
    return text.starts_with('/') && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

bool same_without_case(std::string_view a, std::string_view b) {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// What this file decides itself, whatever a caller put into the headers.
bool is_framing(std::string_view name) {
    return same_without_case(name, "Content-Length") || same_without_case(name, "Transfer-Encoding") ||
           same_without_case(name, "Connection");
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

template <class Fields>
Headers copy_headers(Fields const& fields) {
    Headers headers;
    for (auto const& field : fields) headers.add(std::string(field.name_string()), std::string(field.value()));
    return headers;
}

/// Feeds the parser until it is done, needs more or fails.
template <class Parser>
boost::beast::error_code feed(Parser& parser, std::string& input) {
    boost::beast::error_code error;
    std::size_t used = 0;
    while (!parser.is_done() && used < input.size()) {
        auto const size = parser.put(boost::asio::buffer(input.data() + used, input.size() - used), error);
        used += size;
        if (error || size == 0) break;
    }
    input.erase(0, used);
    if (error == beast::error::need_more) error = {};
    return error;
}

Rejection rejection_of(boost::beast::error_code error) {
    if (error == beast::error::body_limit) return {.status = 413, .message = "the body is too large"};
    if (error == beast::error::header_limit) return {.status = 431, .message = "the header is too large"};
    if (error == beast::error::bad_version) return {.status = 505, .message = "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    return {.status = 400, .message = error.message()};
}

}  // namespace

Result<std::string> write_request(Origin const& origin, Request const& request) {
    if (!is_token(request.method) || !is_target(request.target)) {
        return failure(ErrorKind::InvalidInput, "HTTP request: the method or the target is malformed");
    }
    auto text = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
    auto const add = [&](std::string_view name, std::string_view value) { text += fmt::format("{}: {}\r\n", name, value); };
    if (!request.headers.find("Host")) {
        auto const whole = origin.text();
        add("Host", std::string_view(whole).substr(whole.find("://") + 3));
    }
    if (!request.headers.find("User-Agent")) add("User-Agent", "dayfly/" DAYFLY_VERSION);
    for (auto const& [name, value] : request.headers.fields) {
        if (is_framing(name)) continue;
        // The field stays out of the message: it may hold a token.
        if (!is_token(name) || !is_field_value(value)) {
            return failure(ErrorKind::InvalidInput, "HTTP request: a header is malformed");
        }
        add(name, value);
    }
    bool const always_sized = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (always_sized || !request.body.empty()) add("Content-Length", std::to_string(request.body.size()));
    text += "\r\n";
    text += request.body;
    return text;
}

std::string write_response(Response const& response, ResponseFraming framing) {
    auto const reason = beast::obsolete_reason(beast::int_to_status(static_cast<unsigned>(response.status)));
    auto text = fmt::format("HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason.data(), reason.size()));
    for (auto const& [name, value] : response.headers.fields) {
        if (!is_framing(name) && is_token(name) && is_field_value(value)) text += fmt::format("{}: {}\r\n", name, value);
    }
    if (!has_no_body(response.status)) text += fmt::format("Content-Length: {}\r\n", response.body.size());
    text += framing.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    if (!framing.to_head && !has_no_body(response.status)) text += response.body;
    return text;
}

struct ResponseReader::State {
    bool to_head;
    std::size_t max_body;
    std::optional<beast::response_parser<beast::string_body>> parser = {};

    State(bool head, std::size_t limit) : to_head(head), max_body(limit) { begin(); }

    void begin() {
        parser.emplace();
        parser->eager(true);
        parser->skip(to_head);
        parser->header_limit(max_response_header);
        parser->body_limit(max_body);
    }
};

ResponseReader::ResponseReader(bool to_head, std::size_t max_body) : state_(std::make_unique<State>(to_head, max_body)) {}

ResponseReader::~ResponseReader() = default;

std::expected<bool, std::string> ResponseReader::read(std::string& input) {
    while (true) {
        if (auto const error = feed(*state_->parser, input)) return std::unexpected(error.message());
        if (!state_->parser->is_done()) return false;
        auto const status = state_->parser->get().result_int();
        if (status == 101) return std::unexpected("the server wants to leave HTTP (101)");
        if (status >= 200) return true;
        state_->begin();
    }
}

std::expected<bool, std::string> ResponseReader::end() {
    boost::beast::error_code error;
    if (!state_->parser->got_some()) return std::unexpected("the connection was closed without an answer");
    state_->parser->put_eof(error);
    if (error) return std::unexpected("the connection was closed in the middle of the answer");
    return state_->parser->is_done();
}

bool ResponseReader::keep_alive() const { return state_->parser->keep_alive(); }

Response ResponseReader::take() {
    auto message = state_->parser->release();
    return {
        .status = static_cast<int>(message.result_int()), .headers = copy_headers(message), .body = std::move(message.body())};
}

struct RequestReader::State {
    beast::request_parser<beast::string_body> parser;
    bool continue_answered = false;
    bool keep_alive = false;
};

RequestReader::RequestReader(RequestLimits limits) : state_(std::make_unique<State>()) {
    state_->parser.eager(true);
    state_->parser.header_limit(static_cast<std::uint32_t>(limits.max_header));
    state_->parser.body_limit(limits.max_body);
}

RequestReader::~RequestReader() = default;

std::expected<bool, Rejection> RequestReader::read(std::string& input) {
    auto& parser = state_->parser;
    if (auto const error = feed(parser, input)) return std::unexpected(rejection_of(error));
    if (!parser.is_done()) return false;
    auto const& message = parser.get();
    if (message.version() >= 11 && message.count(beast::field::host) != 1) {
        return std::unexpected(Rejection{.status = 400, .message = "one Host header is needed"});
    }
    auto const target = message.target();
    if (!is_target({target.data(), target.size()})) {
        return std::unexpected(Rejection{.status = 400, .message = "the target must be a path"});
    }
    return true;
}

bool RequestReader::wants_continue() {
    auto& parser = state_->parser;
    if (state_->continue_answered || !parser.is_header_done() || parser.is_done()) return false;
    auto const expectation = parser.get()[beast::field::expect];
    state_->continue_answered = true;
    return same_without_case({expectation.data(), expectation.size()}, "100-continue");
}

bool RequestReader::keep_alive() const { return state_->keep_alive; }

Request RequestReader::take() {
    state_->keep_alive = state_->parser.keep_alive();
    auto message = state_->parser.release();
    auto const method = message.method_string();
    auto const target = message.target();
    return {.method = std::string(method.data(), method.size()),
            .target = std::string(target.data(), target.size()),
            .headers = copy_headers(message),
            .body = std::move(message.body())};
}

}  // namespace dayfly::http
