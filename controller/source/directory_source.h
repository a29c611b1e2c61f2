// Specs from a directory: a plain one, git-sync's link, or a mounted ConfigMap. Hints say when to look, a look reads one
// consistent tree, and what cannot be read in full keeps the last good set.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/log.h"
#include "controller/source/file_system.h"
#include "controller/source/look_schedule.h"
#include "controller/source/snapshot_builder.h"
#include "controller/source/source.h"
#include "controller/source/tree_reader.h"

namespace dayfly::source {

struct DirectoryOptions {
    std::string path;  ///< may be, or lead through, links
    specs::LoadOptions load = {};
    TreeLimits limits = {};
    LookTimes times = {};
    int tries = 5;          ///< of one look, while the tree keeps moving under it
    bool use_hints = true;  ///< false: look every `times.deaf_look` only

    /// InvalidInput that names the field it rejects.
    [[nodiscard]] Result<void> check() const;
};

class DirectorySource final : public Source {
public:
    /// `files` is the real file system but in tests. All references must outlive the source.
    DirectorySource(Clock& clock, Log& log, DirectoryOptions options, FileSystem& files = FileSystem::system());
    ~DirectorySource() override;

    [[nodiscard]] std::string const& name() const override { return name_; }
    [[nodiscard]] SourceStatus const& status() const override { return status_; }
    /// NotFound when there is no such directory, Unavailable when it cannot be read, Conflict when it does not hold still,
    /// InvalidInput beyond a limit. Remembers nothing.
    Task<Result<std::shared_ptr<Snapshot const>>> read_once() override;
    Task<void> run(Publish publish) override;
    void poke() override;

private:
    struct Running;

    Task<Result<Tree>> read(SnapshotBuilder const& builder, bool read_all);
    [[nodiscard]] bool looks_vanished(Tree const& tree) const;
    Task<void> look(Running& running);
    void check_root(Running& running);
    void hear(Running& running);
    [[nodiscard]] Writers writers(Running const& running, Tree const& tree) const;
    void watch(Running& running, std::vector<TreeDirectory> const& directories, bool hears_changes);
    void deliver(Running& running, Built const& built, bool confirm);
    void keep_last(Running& running, std::string const& problem, bool confirm);
    void tell(Running& running, std::shared_ptr<Snapshot const> const& snapshot, bool confirm);
    void went_wrong(std::string problem);
    void went_well(Built const& built);

    Clock& clock_;
    Log& log_;
    FileSystem& files_;
    DirectoryOptions options_;
    std::string name_;
    SourceStatus status_;
    SnapshotBuilder builder_;
    std::optional<Root> root_;              ///< of the last tree that was believed
    std::shared_ptr<Snapshot const> read_;  ///< the last one that was read
    std::shared_ptr<Snapshot const> told_;  ///< the last one published
    Running* running_ = nullptr;
};

}  // namespace dayfly::source
