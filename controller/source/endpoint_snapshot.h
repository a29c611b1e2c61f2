// From the pieces of an endpoint's answer to a snapshot, piece by piece.
#pragma once

#include <cstddef>
#include <string>

#include "controller/source/endpoint_answer.h"
#include "controller/source/source.h"
#include "specs/load.h"

namespace dayfly::source {

class EndpointSnapshot {
public:
    EndpointSnapshot(std::string source, specs::LoadOptions const& options);

    /// Reads one piece.
    void add(AnswerPiece const& piece);
    /// The snapshot without its time; once, after the last piece. It is complete only when the answer says so, the number it
    /// gives is the number of objects that came, and the identity of each of them could be read; it is
    /// upsert-only when the answer says nothing about that and all of it could be read. InvalidInput when a stream
    /// holds not one object, unless it says that there is none.
    [[nodiscard]] Result<Snapshot> finish(EndpointAnswer const& answer);

private:
    specs::LoadOptions const& options_;
    Snapshot snapshot_;
    std::string digested_;
    std::size_t objects_ = 0;
    bool identities_unknown_ = false;
};

}  // namespace dayfly::source
