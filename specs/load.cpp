// The reader's outer shape: documents, objects, lists, and who among them is broken.
#include "specs/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "specs/describe.h"
#include "specs/findings.h"
#include "specs/layering.h"
#include "specs/nearest.h"
#include "specs/object_reader.h"
#include "specs/rules.h"
#include "specs/yaml_tree.h"

namespace dayfly::specs {
namespace {

class Loading {
public:
    Loading(std::string const& file_name, LoadOptions const& options) : file_name_(file_name), options_(options) {}

    Loaded run(std::string_view text) {
        read_defaults();
        auto const file = read_yaml(text, options_.limits);
        for (auto const& [mark, message] : file.problems) {
            add_problem({.location = at(mark), .field = "", .message = message});
            loaded_.identities_unknown = true;
        }
        for (auto const& document : file.documents) read_document(document);
        refuse_duplicates();
        std::ranges::sort(loaded_.problems, {}, [&](Problem const& problem) {
            return std::tuple(problem.location.file != defaults_file_name, problem.location.line, problem.location.column,
                              problem.field, problem.message);
        });
        return std::move(loaded_);
    }

private:
    [[nodiscard]] Location at(Mark const& mark) const { return {.file = file_name_, .line = mark.line, .column = mark.column}; }

    /// A mistake in the defaults would be told once for every object; once is enough.
    void add_problem(Problem problem) {
        bool const in_defaults = problem.location.file == defaults_file_name;
        bool const told = in_defaults && std::ranges::any_of(loaded_.problems, [&](Problem const& other) {
                              return other.text() == problem.text();
                          });
        if (!told) loaded_.problems.push_back(std::move(problem));
    }

    void read_defaults() {
        auto file = read_yaml(options_.partial_defaults, options_.limits);
        for (auto const& [mark, message] : file.problems) {
            add_problem({.location = {defaults_file_name, mark.line, mark.column}, .field = "spec", .message = message});
            defaults_are_broken_ = true;
        }
        if (file.documents.size() != 1 || defaults_are_broken_) return;
        auto& root = file.documents.front();
        if (root.kind == Node::Kind::Null) return;
        if (!root.is_map()) {
            add_problem({.location = {defaults_file_name, root.mark.line, root.mark.column},
                         .field = "spec",
                         .message = fmt::format("{} is not a map of fields", what_is(root))});
            defaults_are_broken_ = true;
            return;
        }
        mark_as_defaults(root);
        defaults_ = std::move(root);
    }

    void read_document(Node const& document) {
        if (document.kind == Node::Kind::Null) {
            loaded_.notes.push_back({at(document.mark), "an empty document; nothing to read"});
        } else if (!document.is_map()) {
            add_problem({.location = at(document.mark),
                         .field = "",
                         .message = fmt::format("{} is no object; write apiVersion, kind, "
                                                "metadata and spec",
                                                what_is(document))});
            loaded_.identities_unknown = true;
        } else if (is_meant(document)) {
            auto const* const kind = document.find("kind");
            if (kind != nullptr && kind->is_scalar() && kind->text == list_kind) {
                read_list(document);
            } else {
                read_environment(document, "");
            }
        }
    }

    /// Whether the document is meant for us: anything that is ours by version or (nearly) by kind, and what lacks both but
    /// looks like an object. An object whose kind was lost by mistake must not look as if it were gone.
    bool is_meant(Node const& document) {
        auto const* const version = document.find("apiVersion");
        auto const* const kind = document.find("kind");
        auto const version_text = version != nullptr && version->is_scalar() ? version->text : "";
        auto const kind_text = kind != nullptr && kind->is_scalar() ? kind->text : "";
        static constexpr std::array<std::string_view, 2> kinds{environment_kind, list_kind};
        bool const ours = version_text.starts_with("dayfly.dev/") || !nearest(kind_text, kinds).empty();
        bool const nameless = version_text.empty() || kind_text.empty();
        if (ours || (nameless && (document.find("spec") != nullptr || document.find("metadata") != nullptr))) return true;
        loaded_.notes.push_back({at(document.mark), kind_text.empty()
                                                        ? std::string("a document without kind; skipped")
                                                        : fmt::format("a document of kind {}; skipped", excerpt(kind_text))});
        return false;
    }

    void read_list(Node const& document) {
        Findings findings(file_name_, "");
        std::vector<Node const*> items;
        read_object(findings, document, "", [&](ObjectReader& reader) {
            reader.constant({"apiVersion", "The version of this format.", Presence::Required}, api_version);
            reader.constant({"kind", "The kind of object.", Presence::Required}, list_kind);
            reader.ignored({"metadata", ""});
            reader.ignored({"items", "The objects.", Presence::Required});
        });
        auto const* const list = document.find("items");
        if (list != nullptr && list->kind != Node::Kind::Sequence) {
            findings.report("items", fmt::format("{} is not a list; write a list of objects", what_is(*list)));
        }
        for (auto const& problem : findings.problems()) add_problem(problem);
        if (!findings.problems().empty()) loaded_.identities_unknown = true;
        if (list == nullptr) return;
        for (std::size_t index = 0; index < list->items.size(); ++index) {
            read_environment(list->items[index], fmt::format("items[{}].", index));
        }
    }

    void read_environment(Node object, std::string const& prefix) {
        if (defaults_) lay_under(object, *defaults_);
        Findings findings(file_name_, prefix);
        findings.record("", object.mark);
        PreviewEnvironment environment{.location = at(object.mark)};
        read_object(findings, object, "", [&](ObjectReader& reader) { describe(reader, environment); });
        complete_defaults(environment, findings);
        check_rules(environment, findings);
        bool const identified =
            !findings.failed("metadata.name") && !findings.failed("metadata.namespace") && !environment.key.name.empty();
        for (auto problem : findings.problems()) {
            if (identified) problem.object = environment.key;
            add_problem(std::move(problem));
        }
        if (identified) {
            auto const* const name = object.find("metadata")->find("name");
            places_[environment.key].push_back(at(name->mark));
        }
        if (findings.problems().empty() && !defaults_are_broken_) {
            loaded_.environments.push_back(std::move(environment));
        } else if (identified) {
            loaded_.broken.push_back(environment.key);
        } else {
            loaded_.identities_unknown = true;
        }
    }

    /// Of two objects with one identity neither can be preferred: both are refused, and named by each other's place.
    void refuse_duplicates() {
        for (auto const& [key, places] : places_) {
            if (places.size() < 2) continue;
            for (auto const& place : places) {
                auto const& other = place == places[0] ? places[1] : places[0];
                add_problem({.location = place,
                             .field = "metadata.name",
                             .message = fmt::format("'{}' is defined in line {} too; keep one of them", key.text(), other.line),
                             .object = key});
            }
            if (std::erase_if(loaded_.environments, [&](auto const& environment) { return environment.key == key; }) > 0) {
                loaded_.broken.push_back(key);
            }
        }
        std::ranges::sort(loaded_.broken);
        auto const repeated = std::ranges::unique(loaded_.broken);
        loaded_.broken.erase(repeated.begin(), repeated.end());
    }

    std::string const& file_name_;
    LoadOptions const& options_;
    std::optional<Node> defaults_;
    bool defaults_are_broken_ = false;
    std::map<Key, std::vector<Location>> places_;  ///< of every object whose identity could be read
    Loaded loaded_;
};

}  // namespace

std::string Problem::text() const {
    auto const place = fmt::format("{}:{}:{}: ", location.file, location.line, location.column);
    return field.empty() ? place + message : fmt::format("{}{}: {}", place, field, message);
}

Loaded load(std::string_view text, std::string const& file_name, LoadOptions const& options) {
    return Loading(file_name, options).run(text);
}

}  // namespace dayfly::specs
