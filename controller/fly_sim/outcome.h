// What goes into the simulated cloud and what comes out of it: plain HTTP values, without any I/O.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "controller/base/clock.h"
#include "controller/fly_sim/fault.h"
#include "controller/http/message.h"

namespace dayfly::fly_sim {

using Json = nlohmann::json;

/// A finished answer. `latency` is the extra time a fault asks the carrier to let pass before the client sees it.
struct Answer {
    http::Response response;
    milliseconds latency{0};
    /// A fault that ends the connection before the request is read: the carrier may report it as "never sent".
    bool refused = false;

    [[nodiscard]] int status() const { return response.status; }
    /// The body as JSON; null when there is none or it is not JSON.
    [[nodiscard]] Json json() const;
};

struct ExecTicket;

/// What a long poll is waiting for.
struct WaitTicket {
    std::string app;
    std::string machine;
    std::string version;              ///< empty: whatever version the machine has
    std::vector<std::string> states;  ///< never empty
    std::string from_event;
    std::shared_ptr<ExecTicket const> exec = {};  ///< when set, the end of a command, and nothing else
    std::uint64_t journal_entry = 0;              ///< this and the next are the cloud's own
    std::vector<Fault> struck = {};               ///< what goes wrong with the answer when there is one
};

/// A long poll that has no answer yet: call Cloud::resume at `recheck`, at `until` at the latest.
struct Pending {
    Instant until;
    Instant recheck;
    std::shared_ptr<WaitTicket const> ticket;
};

using Outcome = std::variant<Answer, Pending>;

/// Finished answers, as the handlers write them.
[[nodiscard]] Answer reply(int status, Json const& body);
[[nodiscard]] Answer reply_text(int status, std::string body, std::string content_type = "text/plain; charset=utf-8");
[[nodiscard]] Answer no_content(int status = 204);
/// {"error": text}, and "status" when there is a code for it.
[[nodiscard]] Answer problem(int status, std::string const& text, std::string const& code = {});

}  // namespace dayfly::fly_sim
