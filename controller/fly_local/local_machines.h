// The simulated Fly's machines as processes of this computer: launch, stop, suspend, exec, and what they say and how they end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/task_group.h"
#include "controller/fly_local/sandbox.h"
#include "controller/fly_sim/runtime.h"

namespace dayfly::fly_local {

/// Which machines with a delivered program are run; all others, and all without one, stay a model.
enum class Runs { None, LocalRepositories, All };

struct LocalMachinesOptions {
    std::filesystem::path directory;  ///< for roots and volumes
    Runs runs = Runs::LocalRepositories;
    /// The reason why machines cannot be run is told to whoever launches one.
    Result<Isolation> isolation = Isolation::Bubblewrap;
    std::string path;  ///< PATH of the machines
};

/// Where a process's ports are really reached: not 127.0.0.1, so that a server that listens on loopback only is as unreachable
/// as it would be at Fly.
inline constexpr char machine_address[] = "127.0.0.2";

class LocalMachines final : public fly_sim::Runtime {
public:
    /// What happened, always from the event loop.
    struct Reports {
        std::function<void(std::string const& machine, fly_sim::Exit const& exit)> exited;
        std::function<void(std::string const& machine, std::string line)> said;
        std::function<void(std::string const& machine, bool passing, std::string output)> checked;
    };

    LocalMachines(boost::asio::any_io_executor executor, Clock& clock, Log& log, LocalMachinesOptions options, Reports reports);
    ~LocalMachines() override;

    [[nodiscard]] bool runs(fly_sim::Json const& config) const override;
    [[nodiscard]] std::expected<void, std::string> launch(fly_sim::Launch launch) override;
    bool stop(std::string const& machine, int signal, milliseconds limit) override;
    void signal(std::string const& machine, int number) override;
    void suspend(std::string const& machine) override;
    [[nodiscard]] bool resume(std::string const& machine) override;
    [[nodiscard]] std::shared_ptr<fly_sim::ExecTicket const> exec(std::string const& machine,
                                                                  fly_sim::ExecRequest request) override;
    void remove_machine(std::string const& machine) override;
    void remove_volume(std::string const& volume) override;
    void copy_volume(std::string const& from, std::string const& to) override;

    /// The port of this computer that stands for the machine's `port`; nothing when the machine has no process.
    [[nodiscard]] std::optional<std::uint16_t> port_of(std::string const& machine, int port) const;
    /// Ends all machines and returns when nothing of them is left.
    Task<void> end_all();

private:
    struct Life;
    using LifePtr = std::shared_ptr<Life>;

    Task<void> live(LifePtr life);
    Task<fly_sim::Exit> run_program(LifePtr life);
    Task<void> end_after(LifePtr life, milliseconds limit);
    Task<void> run_exec(LifePtr life, fly_sim::ExecRequest request, std::shared_ptr<fly_sim::ExecTicket> ticket);
    Task<void> watch_checks(LifePtr life);
    void supersede(LifePtr const& life);
    void remove_folder(std::filesystem::path const& folder);
    std::uint16_t free_port();
    Sandbox sandbox_of(fly_sim::Launch const& launch, std::map<int, std::uint16_t> const& ports) const;
    LifePtr find(std::string const& machine) const;

    boost::asio::any_io_executor executor_;
    Clock& clock_;
    Log& log_;
    LocalMachinesOptions options_;
    Reports reports_;
    std::map<std::string, LifePtr> lives_;  ///< by machine: the latest
    std::set<std::uint16_t> ports_;         ///< given to a life that goes on
    TaskGroup tasks_;
};

}  // namespace dayfly::fly_local
