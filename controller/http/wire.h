// HTTP/1.1 as bytes, without any input or output: messages are written to text and read from whatever has arrived.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>

#include "controller/http/client.h"
#include "controller/http/message.h"

namespace dayfly::http {

/// The request with Host, User-Agent and Content-Length; InvalidInput when a part of it would break the framing (line breaks in
/// a header, a space in the target).
[[nodiscard]] Result<std::string> write_request(Origin const& origin, Request const& request);

struct ResponseFraming {
    bool to_head = false;  ///< the request was HEAD: announce the length, send no body
    bool keep_alive = true;
};

/// The response with Content-Length and Connection. Header fields that would break the framing are left out.
[[nodiscard]] std::string write_response(Response const& response, ResponseFraming framing);

/// Reads one response; interim ones (1xx) are passed over.
class ResponseReader {
public:
    ResponseReader(bool to_head, std::size_t max_body);
    ~ResponseReader();
    ResponseReader(ResponseReader const&) = delete;
    ResponseReader& operator=(ResponseReader const&) = delete;

    /// Takes what it can use from the front of `input`. True: the response is whole. The error says what is wrong with it.
    std::expected<bool, std::string> read(std::string& input);
    /// The peer has closed its side. True: that was the end of the body.
    std::expected<bool, std::string> end();
    /// After the whole response: the connection may serve another request.
    [[nodiscard]] bool keep_alive() const;
    Response take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Why a request is refused: the status to answer it with and the words.
struct Rejection {
    int status = 400;
    std::string message;
};

struct RequestLimits {
    std::size_t max_header;  ///< bytes of request line and header fields
    std::size_t max_body;    ///< bytes
};

/// Reads one request.
class RequestReader {
public:
    explicit RequestReader(RequestLimits limits);
    ~RequestReader();
    RequestReader(RequestReader const&) = delete;
    RequestReader& operator=(RequestReader const&) = delete;

    /// Takes what it can use from the front of `input`, and leaves the next request there. True: the request is whole.
    std::expected<bool, Rejection> read(std::string& input);
    /// True once, when the header is there and the client waits for leave to send the body.
    bool wants_continue();
    [[nodiscard]] bool keep_alive() const;
    Request take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dayfly::http
