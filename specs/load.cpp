// The reader's outer shape: documents, objects, lists, and who among them is broken.
#include "specs/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
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

    /// Fields only: rules between fields depend on the object that they lie under.
    std::vector<Problem> judge_defaults() {
        read_defaults();
        // What is for images or for git sources only has its place in defaults, too; a git source allows every field.
        auto const file = read_yaml("spec: { source: { git: { repository: a/b } } }", options_.limits);
        auto object = file.documents.front();
        for (auto const& fields : defaults_) lay_under(object, fields);
        Findings findings(file_name_, "");
        Spec spec;
        read_object(findings, *object.find("spec"), "spec", [&](ObjectReader& reader) { describe(reader, spec); });
        report_unreadable(findings, *object.find("spec"), "spec");
        add_problems(findings);
        return std::move(loaded_.problems);
    }

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
            return std::tuple(problem.location.file == file_name_, problem.location.file, problem.location.line,
                              problem.location.column, problem.field, problem.message);
        });
        tell_of_the_rest();
        return std::move(loaded_);
    }

private:
    [[nodiscard]] Location at(Mark const& mark) const { return {.file = file_name_, .line = mark.line, .column = mark.column}; }

    /// A mistake in the defaults would be told once for every object; once is enough.
    void add_problem(Problem problem) {
        if (problem.location.file != file_name_ && !told_of_defaults_.insert(problem.text()).second) return;
        if (loaded_.problems.size() < most_problems_of_a_file) {
            loaded_.problems.push_back(std::move(problem));
        } else {
            ++untold_;
        }
    }
    void add_problems(Findings const& findings, std::optional<Key> const& object = std::nullopt) {
        for (auto problem : findings.problems()) {
            problem.object = object;
            add_problem(std::move(problem));
        }
        untold_ += findings.untold();
    }

    void tell_of_the_rest() {
        if (untold_ == 0) return;
        loaded_.problems.push_back({.location = loaded_.problems.back().location,
                                    .field = "",
                                    .message = fmt::format("and {} more problem{}", untold_, untold_ == 1 ? "" : "s")});
    }

    /// What YAML itself leaves without a meaning, such as a tag, at `node` and below it.
    void report_unreadable(Findings& findings, Node const& node, std::string const& path) {
        if (!node.unreadable.empty()) findings.report(node.mark, path, node.unreadable);
        for (std::size_t index = 0; index < node.items.size(); ++index)
            report_unreadable(findings, node.items[index], fmt::format("{}[{}]", path, index));
        for (auto const& [key, value] : node.entries) {
            if (!key.unreadable.empty()) findings.report(key.mark, path, key.unreadable);
            report_unreadable(findings, value, path.empty() ? excerpt(key.text) : path + "." + excerpt(key.text));
        }
    }

    void read_defaults() {
        for (auto const& partial : options_.defaults) read_defaults(partial);
    }

    void read_defaults(PartialSpec const& partial) {
        auto const problem = [&](Mark const& mark, std::string message) {
            add_problem({.location = {partial.file, mark.line, mark.column}, .field = "spec", .message = std::move(message)});
            defaults_are_broken_ = true;
        };
        auto file = read_yaml(partial.text, options_.limits);
        for (auto const& [mark, message] : file.problems) problem(mark, message);
        if (!file.problems.empty() || file.documents.empty()) return;
        auto const& root = file.documents.front();
        auto const* const fields = partial.key.empty() ? &root : root.find(partial.key);
        if (fields == nullptr || fields->kind == Node::Kind::Null) return;
        if (!fields->is_map()) return problem(fields->mark, fmt::format("{} is not a map of fields", shape_of(*fields)));
        mark_as_defaults(defaults_.emplace_back(*fields), partial.file);
    }

    void read_document(Node const& document) {
        if (document.kind == Node::Kind::Null) {
            loaded_.notes.push_back({at(document.mark), "an empty document; nothing to read"});
        } else if (!document.is_map()) {
            add_problem({.location = at(document.mark),
                         .field = "",
                         .message = fmt::format("{} is no object; write apiVersion, kind, "
                                                "metadata and spec",
                                                shape_of(document))});
            loaded_.identities_unknown = true;
        } else if (auto const kind = text_of(document, "kind"); kind == foreign_list_kind && holds_ours(document)) {
            read_foreign_list(document);
        } else if (!is_meant(document)) {
            loaded_.notes.push_back({at(document.mark), kind.empty()
                                                            ? std::string("a document without kind; skipped")
                                                            : fmt::format("a document of kind {}; skipped", excerpt(kind))});
        } else if (kind == list_kind) {
            read_list(document);
        } else {
            read_environment(document, "");
        }
    }

    /// The text of a field; empty when it is none.
    [[nodiscard]] static std::string_view text_of(Node const& object, std::string_view field) {
        auto const* const node = object.find(field);
        return node != nullptr && node->is_scalar() ? std::string_view(node->text) : std::string_view();
    }

    /// Kubernetes' list of anything, as kubectl writes it.
    static constexpr std::string_view foreign_list_kind = "List";
    [[nodiscard]] static bool holds_ours(Node const& list) {
        auto const* const items = list.find("items");
        return items != nullptr && std::ranges::any_of(items->items, is_meant);
    }
    void read_foreign_list(Node const& list) {
        auto const& items = list.find("items")->items;
        for (std::size_t index = 0; index < items.size(); ++index) {
            if (is_meant(items[index])) read_environment(items[index], fmt::format("items[{}].", index));
        }
    }

    /// Whether the document is meant for us: anything that is ours by version or (nearly) by kind, and what lacks both but
    /// looks like an object. An object whose kind was lost by mistake must not look as if it were gone.
    [[nodiscard]] static bool is_meant(Node const& document) {
        auto const version_text = text_of(document, "apiVersion");
        auto const kind_text = text_of(document, "kind");
        static constexpr std::array<std::string_view, 2> kinds{environment_kind, list_kind};
        bool const ours = version_text.starts_with("dayfly.dev/") || !nearest(kind_text, kinds).empty();
        bool const nameless = version_text.empty() || kind_text.empty();
        return ours || (nameless && (document.find("spec") != nullptr || document.find("metadata") != nullptr));
    }

    void read_list(Node const& document) {
        Findings findings(file_name_, "", loaded_.problems.size());
        read_object(findings, document, "", [&](ObjectReader& reader) {
            reader.constant({"apiVersion", "The version of this format.", Presence::Required}, api_version);
            reader.constant({"kind", "The kind of object.", Presence::Required}, list_kind);
            reader.ignored({"metadata", ""});
            reader.ignored({"items", "The objects.", Presence::Required});
        });
        auto const* const list = document.find("items");
        if (list != nullptr && list->kind != Node::Kind::Sequence) {
            findings.report("items", fmt::format("{} is not a list; write a list of objects", shape_of(*list)));
        }
        for (auto const& [key, value] : document.entries) {
            if (&value != list) report_unreadable(findings, value, key.text);
        }
        add_problems(findings);
        if (findings.any()) loaded_.identities_unknown = true;
        if (list == nullptr) return;
        for (std::size_t index = 0; index < list->items.size(); ++index) {
            read_environment(list->items[index], fmt::format("items[{}].", index));
        }
    }

    void read_environment(Node object, std::string const& prefix) {
        for (auto const& fields : defaults_) lay_under(object, fields);
        Findings findings(file_name_, prefix, loaded_.problems.size());
        findings.record("", object.mark);
        report_unreadable(findings, object, "");
        PreviewEnvironment environment{.location = at(object.mark)};
        read_object(findings, object, "", [&](ObjectReader& reader) { describe(reader, environment); });
        complete_defaults(environment, findings);
        check_rules(environment, findings);
        bool const identified =
            !findings.failed("metadata.name") && !findings.failed("metadata.namespace") && !environment.key.name.empty();
        add_problems(findings, identified ? std::optional(environment.key) : std::nullopt);
        if (identified) {
            auto const* const name = object.find("metadata")->find("name");
            environment.name_location = at(name->mark);
            places_[environment.key].push_back(environment.name_location);
        }
        if (!findings.any() && !defaults_are_broken_) {
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
        }
        std::erase_if(loaded_.environments, [&](PreviewEnvironment const& environment) {
            bool const repeated = places_.at(environment.key).size() > 1;
            if (repeated) loaded_.broken.push_back(environment.key);
            return repeated;
        });
        std::ranges::sort(loaded_.broken);
        auto const repeated = std::ranges::unique(loaded_.broken);
        loaded_.broken.erase(repeated.begin(), repeated.end());
    }

    std::string const& file_name_;
    LoadOptions const& options_;
    std::vector<Node> defaults_;
    bool defaults_are_broken_ = false;
    std::set<std::string> told_of_defaults_;
    std::size_t untold_ = 0;
    std::map<Key, std::vector<Location>> places_;  ///< of every object whose identity could be read
    Loaded loaded_;
};

}  // namespace

std::string Problem::text() const {
    auto const place = fmt::format("{}:{}:{}: ", location.file, location.line, location.column);
    return field.empty() ? place + message : fmt::format("{}{}: {}", place, field, message);
}

std::vector<Problem> problems_of_defaults(LoadOptions const& options) {
    std::string const nothing_else;
    return Loading(nothing_else, options).judge_defaults();
}

Loaded load(std::string_view text, std::string const& file_name, LoadOptions const& options) {
    return Loading(file_name, options).run(text);
}

}  // namespace dayfly::specs
