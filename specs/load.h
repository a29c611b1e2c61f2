// From YAML (or JSON, its subset) to PreviewEnvironments: bounded, with every problem of a file told at once and in its place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/result.h"
#include "specs/environment.h"

namespace dayfly::specs {

/// What is wrong, where, and what would be right.
struct Problem {
    Location location;
    std::string field;    ///< "spec.service.port"; empty when the document itself is broken
    std::string message;  ///< "'80a' is not a port; write a number from 1 to 65535"
    /// Whose problem it is, where that could be read.
    std::optional<Key> object = {};

    /// "envs/a.yaml:12:9: spec.service.port: …"
    [[nodiscard]] std::string text() const;
};

/// A document that was passed over on purpose: another kind, or an empty one.
struct Note {
    Location location;
    std::string message;
};

struct LoadLimits {
    std::size_t max_bytes = 1u << 20;  ///< of one file
    std::size_t max_documents = 256;   ///< of one file
    std::size_t max_depth = 32;
    std::size_t max_nodes = 50'000;  ///< of one file; as many again behind its aliases
    std::size_t max_aliases = 64;    ///< of one document
};

/// Fields of a `spec` that are laid under each object, over the built-in defaults.
struct PartialSpec {
    std::string text = "{}";        ///< YAML or JSON
    std::string file = "defaults";  ///< as problems name it
    std::string key = {};           ///< the key of `text` whose value they are; empty: they are all of it
};

struct LoadOptions {
    LoadLimits limits = {};
    std::vector<PartialSpec> defaults = {};  ///< an earlier one lies over a later one
};

struct Loaded {
    std::vector<PreviewEnvironment> environments;  ///< only those without a problem
    std::vector<Problem> problems;                 ///< at most a hundred and one; the last then tells how many more there are
    std::vector<Note> notes;
    /// Identities of objects that have problems, as far as they could be read: their last good state is to be kept.
    std::vector<Key> broken;
    /// True when a document could not be read far enough to know which objects it holds.
    bool identities_unknown = false;
};

/// What is wrong with the fields of the defaults themselves, whatever object they are laid under.
[[nodiscard]] std::vector<Problem> problems_of_defaults(LoadOptions const& options);

/// Reads all documents of one file. Duplicate objects within the file are problems of all their copies.
[[nodiscard]] Loaded load(std::string_view text, std::string const& file_name, LoadOptions const& options);

}  // namespace dayfly::specs
