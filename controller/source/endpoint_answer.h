// What an endpoint said, taken apart: which texts hold objects, and whether it claims that these are all. Pure; no input or
// output.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/http/message.h"

namespace dayfly::source {

/// One document of a YAML stream, or one item of a JSON answer.
struct AnswerPiece {
    std::string text;
    std::string place;         ///< "https://specs.example.com/envs items[3]", for messages
    int lines_before = 0;      ///< lines of the answer above this piece
    bool counts_once = false;  ///< a JSON item is one object, whatever is in it; a YAML document may be empty or a list
};

struct EndpointAnswer {
    std::vector<AnswerPiece> pieces;
    std::string revision;                       ///< the endpoint's own word; empty when it said none
    bool lists_items = false;                   ///< JSON with a list, which may be empty
    std::optional<std::size_t> declared_count;  ///< the endpoint says that it sent everything, and how many objects that is
    bool says_incomplete = false;               ///< the answer itself says that something is missing in it
    std::string remark;  ///< why a claim to be complete is not believed; empty when it is, or none was made
};

/// Takes a 200 answer apart. InvalidInput for everything that is no list of specs: HTML, another content type, an encoding,
/// `{}`, `null`, broken JSON, an empty body without `Dayfly-Complete: 0`. A list that cannot be trusted to be whole is not an
/// error: it has no declared_count. `place` names the endpoint in messages.
[[nodiscard]] Result<EndpointAnswer> read_answer(http::Response const& response, std::string const& place);

}  // namespace dayfly::source
