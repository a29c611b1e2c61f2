// What is counted, what is doubted, and when an endpoint's word is enough to call something gone.
#include "controller/source/endpoint_snapshot.h"

#include <fmt/format.h>

#include <utility>

#include "controller/base/digest.h"
#include "controller/source/duplicates.h"

namespace dayfly::source {

EndpointSnapshot::EndpointSnapshot(std::string source, specs::LoadOptions const& options) : options_(options) {
    snapshot_.source = std::move(source);
}

void EndpointSnapshot::add(AnswerPiece const& piece) {
    auto loaded = specs::load(piece.text, piece.place, options_);
    objects_ += piece.counts_once ? 1 : loaded.environments.size() + loaded.broken.size();
    // An item that turned out to hold nothing, like `{}`, may be what is left of an object.
    bool const lost = piece.counts_once && loaded.environments.empty() && loaded.broken.empty();
    identities_unknown_ = identities_unknown_ || loaded.identities_unknown || lost;
    digested_ += sha256_hex(piece.text);
    for (auto& environment : loaded.environments) {
        environment.location.line += piece.lines_before;
        snapshot_.environments.push_back(std::move(environment));
    }
    for (auto& problem : loaded.problems) {
        problem.location.line += piece.lines_before;
        snapshot_.problems.push_back(std::move(problem));
    }
    for (auto& note : loaded.notes) {
        note.location.line += piece.lines_before;
        snapshot_.notes.push_back(std::move(note));
    }
    snapshot_.broken.insert(snapshot_.broken.end(), loaded.broken.begin(), loaded.broken.end());
}

Result<Snapshot> EndpointSnapshot::finish(EndpointAnswer const& answer) {
    if (objects_ == 0 && !answer.lists_items && (answer.declared_count != 0 || identities_unknown_)) {
        auto const reason = snapshot_.problems.empty() ? std::string() : ": " + snapshot_.problems.front().text();
        return failure(ErrorKind::InvalidInput, "there is no PreviewEnvironment in the answer" + reason);
    }
    auto remark = answer.remark;
    if (answer.declared_count && *answer.declared_count != objects_) {
        remark =
            fmt::format("the answer says {} objects and holds {}; nothing is taken for gone", *answer.declared_count, objects_);
    }
    snapshot_.upsert_only = !answer.declared_count && !answer.says_incomplete && remark.empty() && !identities_unknown_;
    if (!remark.empty()) snapshot_.notes.push_back({.location = {.file = snapshot_.source}, .message = std::move(remark)});
    snapshot_.complete = answer.declared_count == objects_ && !identities_unknown_;
    snapshot_.revision = answer.revision;
    snapshot_.digest = sha256_hex(digested_);
    refuse_duplicates(snapshot_);
    return std::move(snapshot_);
}

}  // namespace dayfly::source
