// See world.h.
#include "tests/bench/world.h"

#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "controller/http/server.h"
#include "tests/bench/preview.h"

namespace dayfly::bench {
namespace {

fly_sim::CloudOptions cloud_options(fly_sim::Timings const& timings) {
    fly_sim::CloudOptions options;
    options.organisations = {"acme"};
    options.timings = timings;
    options.journal_length = 1u << 20;
    return options;
}

void write_file(std::filesystem::path const& path, std::string const& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

World::World(WorldOptions options) : cloud_(cloud_options(options.timings)), tls_(options.tls) {
    auto name = (std::filesystem::temp_directory_path() / "dayfly-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    directory_ = name;
    std::filesystem::create_directory(directory_ / "specs");
    write_file(directory_ / "token", "sim-token\n");

    fly_sim::FrontOptions front{.server = {.max_connections = 20'000}, .latency = options.latency};
    if (tls_) {
        auto certificate = http::make_self_signed();
        if (!certificate) throw std::runtime_error(certificate.error().message);
        write_file(directory_ / "ca.pem", certificate->certificate_pem);
        front.server.certificate_pem = certificate->certificate_pem;
        front.server.private_key_pem = certificate->private_key_pem;
    }
    front_ = std::make_unique<fly_sim::Front>(clock_, log_, cloud_, std::move(front));
    if (auto listening = front_->listen(); !listening) throw std::runtime_error(listening.error().message);
    boost::asio::co_spawn(context_, front_->run(), boost::asio::detached);
}

World::~World() {
    process_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string World::file_of(std::size_t number) const {
    return (directory_ / "specs" / (preview_name(number) + ".yaml")).string();
}

void World::write_specs(std::size_t count) {
    for (std::size_t number = 0; number < count; ++number) write_file(file_of(number), preview_text(number));
}

Instant World::replace_spec(std::size_t number, std::size_t revision) {
    auto const temporary = directory_ / "next.yaml";
    write_file(temporary, preview_text(number, revision));
    auto const before = clock_.now();
    std::filesystem::rename(temporary, file_of(number));
    return before;
}

void World::start(std::vector<std::string> const& arguments) {
    auto const url = (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(front_->port());
    std::vector<std::string> all{"controller",
                                 "--source=dir:" + (directory_ / "specs").string(),
                                 "--org=acme",
                                 "--owner=bench",
                                 "--fly-machines-url=" + url,
                                 "--fly-graphql-url=" + url,
                                 "--fly-token-file=" + (directory_ / "token").string(),
                                 "--listen=127.0.0.1:0",
                                 "--max-environments=100000",
                                 "--log-format=json"};
    if (tls_) all.push_back("--fly-ca-file=" + (directory_ / "ca.pem").string());
    all.insert(all.end(), arguments.begin(), arguments.end());
    process_ = std::make_unique<ControllerProcess>(context_, clock_, std::move(all));
}

void World::run(Instant::duration limit, std::function<bool()> const& done) {
    auto const end = clock_.now() + limit;
    while (!done()) {
        if (process_ && process_->ended()) throw std::runtime_error("the program has ended: " + process_->first_complaint());
        if (clock_.now() >= end) {
            throw std::runtime_error("too slow; first complaint: " + (process_ ? process_->first_complaint() : std::string()));
        }
        context_.restart();
        context_.run_one_for(milliseconds(20));
    }
}

void World::run_for(Instant::duration time) {
    auto const end = clock_.now() + time;
    run(time + seconds(60), [&] { return clock_.now() >= end; });
}

void World::converge(std::size_t count) {
    run(std::chrono::minutes(10), [&] { return process_->ready() >= count; });
}

}  // namespace dayfly::bench
