// Test pieces for endpoint sources: a real server under TLS whose answers a test sets, and a source that asks it on real time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include "controller/base/log.h"
#include "controller/http/server.h"
#include "controller/source/endpoint_source.h"

namespace dayfly::source::test {

using namespace std::chrono_literals;

/// One valid object, as YAML and as an item of a JSON answer.
std::string endpoint_yaml(std::string const& name);
std::string endpoint_json(std::string const& name);

http::Response yaml_answer(std::string body);
http::Response json_answer(std::string body);
/// `{"complete":true,"revision":"r1","count":N,"items":[…]}` with one item a name.
http::Response complete_answer(std::vector<std::string> const& names);

/// What a source published, in order.
struct Published {
    std::shared_ptr<Snapshot const> snapshot;
    bool changed = false;
};

class EndpointTest : public ::testing::Test {
protected:
    EndpointTest();
    ~EndpointTest() override;

    /// Answers the next requests in turn; the last one answers all that follow. Paths do not matter.
    void answer(std::vector<http::Response> answers);
    /// Asks once with the options of the test.
    Result<std::shared_ptr<Snapshot const>> read_once();
    /// Starts the source's loop.
    void start();
    /// Runs the event loop until `done`; fails after ten seconds.
    void run_until(std::function<bool()> const& done);
    /// Until the source has got `count` answers that it could use or not.
    void run_until_asked(std::size_t count);
    /// Ends the source's loop.
    void stop();
    [[nodiscard]] std::string url(std::string const& target = "/envs") const;
    /// A file of the test's own with this text.
    std::string file(std::string const& name, std::string const& text);
    /// Everything the source has logged and said about itself.
    [[nodiscard]] std::string everything_said() const;

    SystemClock clock_;
    Random random_{1};
    std::string log_text_;
    Log log_{LogLevel::Debug, LogFormat::Text, [this](LogLevel, std::string const& line) { log_text_ += line + "\n"; }};
    std::string directory_;
    http::Handler handler_;
    std::vector<http::Request> requests_;
    EndpointOptions options_;
    std::optional<http::Server> server_;
    std::optional<EndpointSource> source_;
    std::vector<Published> published_;
    boost::asio::cancellation_signal stop_server_;
    boost::asio::cancellation_signal stop_source_;
    bool server_ended_ = false;
    bool source_ended_ = true;
    boost::asio::io_context context_{1};
};

/// The names in a snapshot.
std::set<std::string> endpoint_names(Snapshot const& snapshot);

}  // namespace dayfly::source::test
