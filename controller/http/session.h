// One connection of a server from its first byte to its last.
#pragma once

#include <optional>
#include <string>

#include "controller/http/connection.h"
#include "controller/http/server.h"
#include "controller/http/wire.h"

namespace dayfly::http {

/// What all sessions of a server share; it outlives them.
struct Service {
    Clock& clock;
    Log& log;
    ServerOptions options;
    Handler handler;
    std::optional<TlsContext> tls = {};
    bool ending = false;  ///< the server is going down: answer what was asked, take nothing more
};

class Session {
public:
    Session(Service& service, boost::asio::ip::tcp::socket socket);

    /// Serves request after request until either side ends it.
    Task<void> run();
    /// A whole request has been read and its answer is not on the wire yet.
    [[nodiscard]] bool busy() const { return busy_; }
    void close() { connection_.close(); }

private:
    Task<std::optional<Request>> next_request(bool& keep_alive);
    Task<Result<bool>> read_rest(RequestReader& reader, std::optional<Rejection>& rejection);
    std::optional<bool> take_in(RequestReader& reader, std::optional<Rejection>& rejection);
    Task<void> reject(Rejection rejection);
    Task<Response> answer(Request request);
    Task<bool> deliver(Response response, ResponseFraming framing);
    Task<Result<void>> write(std::string text);

    Service& service_;
    Connection connection_;
    std::string input_;
    bool busy_ = false;
};

}  // namespace dayfly::http
