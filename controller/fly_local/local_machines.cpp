#include "controller/fly_local/local_machines.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <list>
#include <system_error>
#include <utility>

#include "controller/base/signal.h"
#include "controller/fly_local/checks.h"
#include "controller/fly_local/line_splitter.h"
#include "controller/github/address.h"

namespace dayfly::fly_local {

namespace fs = std::filesystem;
using fly_sim::Exit;
using fly_sim::Json;
using fly_sim::Launch;

namespace {

constexpr char github_host[] = "github.com";
constexpr std::size_t exec_output_kept = 256u << 10;  ///< bytes of each stream
constexpr milliseconds quick_check{500};              ///< between checks until the first one passes

std::string variable(Json const& config, char const* name) { return config.value("env", Json::object()).value(name, ""); }

/// The ports that the config speaks of.
std::set<int> ports_in(Json const& config) {
    std::set<int> ports;
    for (auto const& service : config.value("services", Json::array())) ports.insert(service.value("internal_port", 0));
    for (auto const& check : checks_of(config)) ports.insert(check.port);
    auto const own = variable(config, "PORT");
    if (!own.empty() && own.size() <= 5 && std::ranges::all_of(own, [](char c) { return c >= '0' && c <= '9'; })) {
        ports.insert(std::stoi(own));
    }
    ports.erase(0);
    return ports;
}

}  // namespace

/// One run of a machine's program, from launch to the last of its processes.
struct LocalMachines::Life {
    Launch launch = {};
    Sandbox sandbox = {};
    std::map<int, std::uint16_t> ports = {};
    LifePtr before = {};  ///< has to be over first: it has the same root
    std::unique_ptr<Process> process = {};
    std::list<Process*> execs = {};
    bool wanted = true;        ///< nobody has asked it to end
    bool superseded = false;   ///< its exit is nobody's business any more
    bool remove_root = false;  ///< when it is over
    bool suspended = false;
    bool over = false;
    Signal changed = {};

    void end() {
        wanted = false;
        if (process) process->end();
        for (auto* const exec : execs) exec->end();
        changed.notify();
    }
};

LocalMachines::LocalMachines(boost::asio::any_io_executor executor, Clock& clock, Log& log, LocalMachinesOptions options,
                             Reports reports)
    : executor_(executor),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      reports_(std::move(reports)),
      tasks_(std::move(executor), [this](std::exception_ptr const& thrown) {
          try {
              std::rethrow_exception(thrown);
          } catch (std::exception const& error) {
              log_.error("a machine's task has failed", {{"reason", error.what()}});
          }
      }) {}

LocalMachines::~LocalMachines() = default;

LocalMachines::LifePtr LocalMachines::find(std::string const& machine) const {
    auto const found = lives_.find(machine);
    return found == lives_.end() || found->second->over || found->second->superseded ? nullptr : found->second;
}

bool LocalMachines::runs(Json const& config) const {
    if (options_.runs == Runs::None || !runs_delivered_program(config)) return false;
    if (options_.runs == Runs::All) return true;
    auto const repository = github::parse_address(variable(config, "DAYFLY_REPOSITORY"), github_host);
    return repository && repository->is_local;
}

std::uint16_t LocalMachines::free_port() {
    // The system picks one that nobody uses now; the number is kept from other machines until this one is over.
    for (int attempt = 0; attempt < 100; ++attempt) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        socklen_t size = sizeof address;
        int const probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        bool const bound = ::bind(probe, any, size) == 0 && ::getsockname(probe, any, &size) == 0;
        ::close(probe);
        auto const port = ntohs(address.sin_port);
        if (bound && ports_.insert(port).second) return port;
    }
    return 0;
}

Sandbox LocalMachines::sandbox_of(Launch const& launch, std::map<int, std::uint16_t> const& ports) const {
    Sandbox sandbox{.isolation = *options_.isolation,
                    .root = root_for(options_.directory, launch),
                    .environment = {},
                    .readable = {},
                    .host_name = launch.machine};
    auto& environment = sandbox.environment;
    environment = launch.secrets;
    for (auto const& [name, value] : launch.config->value("env", Json::object()).items()) {
        environment[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    if (auto const own = environment.find("PORT"); own != environment.end()) {
        for (auto const& [inside, outside] : ports) {
            if (own->second == std::to_string(inside)) {
                own->second = std::to_string(outside);
                break;
            }
        }
    }
    environment["FLY_APP_NAME"] = launch.app;
    environment["FLY_MACHINE_ID"] = launch.machine;
    environment["FLY_MACHINE_VERSION"] = launch.version;
    environment["FLY_REGION"] = launch.region;
    environment["PATH"] = options_.path;
    bool const is_plain = sandbox.isolation == Isolation::Plain;
    environment["HOME"] = is_plain ? sandbox.root.place_of("/root").string() : "/root";
    environment["TMPDIR"] = is_plain ? sandbox.root.place_of("/tmp").string() : "/tmp";
    auto const repository = github::parse_address(variable(*launch.config, "DAYFLY_REPOSITORY"), github_host);
    if (repository && repository->kind == github::Address::Kind::Folder) sandbox.readable = repository->text;
    return sandbox;
}

std::expected<void, std::string> LocalMachines::launch(Launch launch) {
    if (!options_.isolation) return std::unexpected(options_.isolation.error().message);
    auto life = std::make_shared<Life>();
    life->launch = std::move(launch);
    auto& latest = lives_[life->launch.machine];
    if (latest && !latest->over) {
        life->before = latest;
        supersede(latest);
    }
    for (int const port : ports_in(*life->launch.config)) life->ports[port] = free_port();
    life->sandbox = sandbox_of(life->launch, life->ports);
    latest = life;
    tasks_.spawn(live(life));
    return {};
}

void LocalMachines::supersede(LifePtr const& life) {
    life->superseded = true;
    life->end();
}

Task<void> LocalMachines::live(LifePtr life) {
    // Whoever launches is in the middle of something and must not be told anything before that is done.
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    auto const exit = co_await run_program(life);
    life->over = true;
    life->process.reset();
    while (!life->execs.empty()) co_await life->changed.wait_until(clock_, clock_.now() + seconds(1));
    for (auto const& [inside, outside] : life->ports) ports_.erase(outside);
    if (life->remove_root) remove_folder(options_.directory / "machines" / life->launch.machine);
    life->changed.notify();
    if (!life->superseded) reports_.exited(life->launch.machine, exit);
}

Task<Exit> LocalMachines::run_program(LifePtr life) {
    auto const& machine = life->launch.machine;
    auto const say = [this, &machine](std::string line) { reports_.said(machine, std::move(line)); };
    constexpr Exit killed{.code = 128 + SIGKILL, .signal = SIGKILL};
    while (life->before && !life->before->over) {
        co_await life->before->changed.wait_until(clock_, clock_.now() + seconds(1));
    }
    life->before.reset();
    if (!life->wanted) co_return killed;
    if (auto const ready = prepare(life->sandbox.root, life->launch); !ready) {
        say("ERROR " + ready.error().message);
        co_return Exit{.code = 1};
    }
    auto process = Process::start(executor_, life->sandbox.command(program_of(*life->launch.config)));
    if (!process) {
        say("ERROR " + process.error().message);
        co_return Exit{.code = 127};
    }
    life->process = std::move(*process);
    life->changed.notify();
    if (life->suspended) {
        life->process->signal_all(SIGSTOP);
    } else {
        tasks_.spawn(watch_checks(life));
    }
    LineSplitter out(say);
    LineSplitter err(say);
    auto const ended =
        co_await life->process->run([&](std::string_view bytes, bool is_error) { (is_error ? err : out).add(bytes); });
    out.finish();
    err.finish();
    co_return Exit{.code = ended.code, .signal = ended.signal == 0 ? -1 : ended.signal};
}

Task<void> LocalMachines::end_after(LifePtr life, milliseconds limit) {
    auto const until = clock_.now() + limit;
    while (!life->over && clock_.now() < until) co_await life->changed.wait_until(clock_, until);
    if (!life->over) life->end();
}

bool LocalMachines::stop(std::string const& machine, int signal, milliseconds limit) {
    auto const life = find(machine);
    if (!life) return false;
    if (!life->process || signal == SIGKILL || limit.count() <= 0) {
        life->end();
        return true;
    }
    life->wanted = false;
    life->process->signal(signal);
    if (life->suspended) life->process->signal_all(SIGCONT);
    tasks_.spawn(end_after(life, limit));
    return true;
}

void LocalMachines::signal(std::string const& machine, int number) {
    auto const life = find(machine);
    if (life && life->process) life->process->signal(number);
}

void LocalMachines::suspend(std::string const& machine) {
    auto const life = find(machine);
    if (!life) return;
    life->suspended = true;
    if (life->process) life->process->signal_all(SIGSTOP);
}

bool LocalMachines::resume(std::string const& machine) {
    auto const life = find(machine);
    if (!life || !life->suspended || !life->wanted) return false;
    life->suspended = false;
    if (!life->process) return true;
    life->process->signal_all(SIGCONT);
    tasks_.spawn(watch_checks(life));
    return true;
}

std::shared_ptr<fly_sim::ExecTicket const> LocalMachines::exec(std::string const& machine, fly_sim::ExecRequest request) {
    auto ticket = std::make_shared<fly_sim::ExecTicket>();
    auto const life = find(machine);
    if (life) {
        tasks_.spawn(run_exec(life, std::move(request), ticket));
    } else {
        ticket->report = {.code = 1, .err = "the machine's program has ended\n"};
    }
    return ticket;
}

Task<void> LocalMachines::run_exec(LifePtr life, fly_sim::ExecRequest request, std::shared_ptr<fly_sim::ExecTicket> ticket) {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    // Started is what the machine is from the moment its program is launched, which takes a moment of its own.
    while (!life->process && !life->over) co_await life->changed.wait_until(clock_, clock_.now() + seconds(1));
    if (life->over) {
        ticket->report = {.code = 1, .err = "the machine's program has ended\n"};
        co_return;
    }
    auto command = life->sandbox.command(request.command);
    command.input = std::move(request.input);
    auto process = Process::start(executor_, command);
    if (!process) {
        ticket->report = {.code = 127, .err = process.error().message + "\n"};
        co_return;
    }
    fly_sim::ExecTicket::Report report;
    auto const place = life->execs.insert(life->execs.end(), process->get());
    auto const collect = [&report](std::string_view bytes, bool is_error) {
        auto& kept = is_error ? report.err : report.out;
        kept += bytes.substr(0, exec_output_kept - std::min(exec_output_kept, kept.size()));
    };
    auto const ended = co_await ((*process)->run(collect) || clock_.sleep_for(request.limit));
    process->reset();
    life->execs.erase(place);
    life->changed.notify();
    if (ended.index() == 0) {
        report.code = std::get<0>(ended).code;
        report.signal = std::get<0>(ended).signal;
    } else {
        report.timed_out = true;
    }
    ticket->report = std::move(report);
}

Task<void> LocalMachines::watch_checks(LifePtr life) {
    auto const checks = checks_of(*life->launch.config);
    bool passed_once = false;
    while (!checks.empty() && !life->over && life->wanted && !life->suspended) {
        CheckOutcome all{.passing = true};
        auto pause = checks.front().interval;
        for (auto const& check : checks) {
            auto const port = life->ports.find(check.port);
            auto const outcome = co_await make_check(clock_, check, port == life->ports.end() ? 0 : port->second);
            if (all.passing) all = outcome;
            pause = std::min(pause, check.interval);
        }
        if (life->over || !life->wanted || life->suspended) co_return;
        reports_.checked(life->launch.machine, all.passing, all.output);
        passed_once = passed_once || all.passing;
        if (!passed_once) pause = std::min(pause, quick_check);
        auto const until = clock_.now() + pause;
        while (!life->over && life->wanted && clock_.now() < until) co_await life->changed.wait_until(clock_, until);
    }
}

void LocalMachines::remove_machine(std::string const& machine) {
    auto const found = lives_.find(machine);
    if (found == lives_.end()) return;
    auto const life = found->second;
    lives_.erase(found);
    if (life->over) {
        remove_folder(options_.directory / "machines" / machine);
    } else {
        life->remove_root = true;
        supersede(life);
    }
}

void LocalMachines::remove_folder(fs::path const& folder) {
    if (!options_.isolation) return;  // nothing ran, so no folder was made
    std::error_code error;
    fs::remove_all(folder, error);
    if (error) log_.warn("a machine's folder stays behind", {{"folder", folder.string()}, {"reason", error.message()}});
}

void LocalMachines::remove_volume(std::string const& volume) { remove_folder(options_.directory / "volumes" / volume); }

void LocalMachines::copy_volume(std::string const& from, std::string const& to) {
    if (!options_.isolation) return;
    auto const source = options_.directory / "volumes" / from;
    std::error_code error;
    if (!fs::exists(source, error)) return;
    fs::copy(source, options_.directory / "volumes" / to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
    if (error) log_.warn("a volume could not be copied", {{"volume", from}, {"reason", error.message()}});
}

std::optional<std::uint16_t> LocalMachines::port_of(std::string const& machine, int port) const {
    auto const life = find(machine);
    if (!life) return std::nullopt;
    auto const found = life->ports.find(port);
    return found == life->ports.end() ? std::nullopt : std::optional(found->second);
}

Task<void> LocalMachines::end_all() {
    for (auto const& [machine, life] : lives_) {
        if (!life->over) supersede(life);
    }
    // Ending takes milliseconds; nothing is left behind whatever this wait says, because every process dies with its owner.
    co_await tasks_.join(clock_, clock_.now() + seconds(5));
    tasks_.cancel();
    co_await tasks_.join(clock_, clock_.now() + seconds(5));
}

}  // namespace dayfly::fly_local
