#include "tests/unit/source/endpoint_world.h"

#include <filesystem>
#include <fstream>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "tests/unit/source/directory_world.h"

namespace dayfly::source::test {

namespace asio = boost::asio;

namespace {

http::SelfSigned const& certificate() {
    static auto const made = http::make_self_signed().value();
    return made;
}

}  // namespace

std::string endpoint_yaml(std::string const& name) { return "---\n" + spec(name); }

std::string endpoint_json(std::string const& name) {
    return R"({"apiVersion":"dayfly.dev/v1alpha1","kind":"PreviewEnvironment","metadata":{"name":")" + name +
           R"("},"spec":{"source":{"image":"ghcr.io/acme/shop:1"}}})";
}

http::Response yaml_answer(std::string body) {
    http::Response response{.body = std::move(body)};
    response.headers.add("Content-Type", "application/yaml");
    return response;
}

http::Response json_answer(std::string body) {
    http::Response response{.body = std::move(body)};
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    return response;
}

http::Response complete_answer(std::vector<std::string> const& names) {
    std::string items;
    for (auto const& name : names) items += (items.empty() ? "" : ",") + endpoint_json(name);
    return json_answer(R"({"complete":true,"revision":"r1","count":)" + std::to_string(names.size()) + R"(,"items":[)" + items +
                       "]}");
}

std::set<std::string> endpoint_names(Snapshot const& snapshot) {
    std::set<std::string> names;
    for (auto const& environment : snapshot.environments) names.insert(environment.key.name);
    return names;
}

EndpointTest::EndpointTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dayfly-endpoint-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    directory_ = pattern;
    auto const serve = [this](http::Request request) -> Task<http::Response> {
        requests_.push_back(request);
        co_return co_await handler_(std::move(request));
    };
    server_.emplace(
        clock_, Log::none(),
        http::ServerOptions{.certificate_pem = certificate().certificate_pem, .private_key_pem = certificate().private_key_pem},
        serve);
    if (auto const listening = server_->listen(); !listening) throw std::runtime_error(listening.error().message);
    asio::co_spawn(context_, server_->run(),
                   asio::bind_cancellation_slot(stop_server_.slot(), [this](std::exception_ptr) { server_ended_ = true; }));
    options_.url = url();
    options_.interval = 5ms;
    options_.fetch.ca_file = file("ca.pem", certificate().certificate_pem);
    options_.fetch.time_limit = 5s;
}

EndpointTest::~EndpointTest() {
    stop();
    stop_server_.emit(asio::cancellation_type::terminal);
    run_until([this] { return server_ended_; });
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void EndpointTest::answer(std::vector<http::Response> answers) {
    auto const queue = std::make_shared<std::deque<http::Response>>(answers.begin(), answers.end());
    handler_ = [queue](http::Request) -> Task<http::Response> {
        auto response = queue->front();
        if (queue->size() > 1) queue->pop_front();
        co_return response;
    };
}

Result<std::shared_ptr<Snapshot const>> EndpointTest::read_once() {
    EndpointSource source(clock_, random_, log_, options_);
    std::optional<Result<std::shared_ptr<Snapshot const>>> result;
    std::exception_ptr thrown;
    asio::co_spawn(context_, source.read_once(), [&](std::exception_ptr error, Result<std::shared_ptr<Snapshot const>> read) {
        thrown = error;
        result = std::move(read);
    });
    run_until([&] { return result.has_value(); });
    if (thrown) std::rethrow_exception(thrown);
    return *result;
}

void EndpointTest::start() {
    source_.emplace(clock_, random_, log_, options_);
    source_ended_ = false;
    auto const publish = [this](std::shared_ptr<Snapshot const> snapshot, bool changed) {
        published_.push_back({std::move(snapshot), changed});
    };
    asio::co_spawn(context_, source_->run(publish),
                   asio::bind_cancellation_slot(stop_source_.slot(), [this](std::exception_ptr error) {
                       EXPECT_FALSE(error);
                       source_ended_ = true;
                   }));
}

void EndpointTest::stop() {
    stop_source_.emit(asio::cancellation_type::terminal);
    run_until([this] { return source_ended_; });
}

void EndpointTest::run_until(std::function<bool()> const& done) {
    auto const limit = std::chrono::steady_clock::now() + 10s;
    while (!done()) {
        if (std::chrono::steady_clock::now() > limit) {
            ADD_FAILURE() << "nothing more happened within 10 s; status: " << (source_ ? source_->status().problem : "");
            return;
        }
        if (context_.stopped()) context_.restart();
        context_.run_one_for(100ms);
    }
}

void EndpointTest::run_until_asked(std::size_t count) {
    run_until([&] {
        auto const& status = source_->status();
        return status.published + status.unchanged + status.errors >= count;
    });
}

std::string EndpointTest::url(std::string const& target) const {
    return "https://127.0.0.1:" + std::to_string(server_->port()) + target;
}

std::string EndpointTest::file(std::string const& name, std::string const& text) {
    auto const path = directory_ + "/" + name;
    std::ofstream(path, std::ios::trunc) << text;
    return path;
}

std::string EndpointTest::everything_said() const {
    return log_text_ + (source_ ? source_->name() + source_->status().problem : std::string());
}

}  // namespace dayfly::source::test
