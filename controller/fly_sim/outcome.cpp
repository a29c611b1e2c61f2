#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

Json Answer::json() const {
    auto parsed = Json::parse(response.body, nullptr, false);
    return parsed.is_discarded() ? Json() : parsed;
}

Answer reply_text(int status, std::string body, std::string content_type) {
    Answer answer;
    answer.response.status = status;
    answer.response.headers.add("content-type", std::move(content_type));
    answer.response.body = std::move(body);
    return answer;
}

Answer reply(int status, Json const& body) {
    // Bytes that are no UTF-8 can only come from a client; Fly would replace them too.
    return reply_text(status, body.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json; charset=utf-8");
}

Answer no_content(int status) {
    Answer answer;
    answer.response.status = status;
    return answer;
}

Answer problem(int status, std::string const& text, std::string const& code) {
    Json body{{"error", text}};
    if (!code.empty()) body["status"] = code;
    return reply(status, body);
}

}  // namespace dayfly::fly_sim
