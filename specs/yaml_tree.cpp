// The parser's events become nodes here. Limits are kept at the event, since yaml-cpp itself recurses without a bound of ours
// and would expand aliases eagerly.
#include "specs/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "specs/plain_text.h"

namespace dayfly::specs {
namespace {

/// Leaves the parser from within an event; caught below in this file.
struct LimitReached {
    Mark mark;
    std::string message;
};

/// What the file has used up of its limits so far.
struct Usage {
    std::size_t nodes = 0;
    /// What aliases stand for counts on its own: a document of another kind that is full of them hides none of ours.
    std::size_t copied_nodes = 0;
    std::size_t copied_bytes = 0;
};

class TreeBuilder : public YAML::EventHandler {
public:
    TreeBuilder(Piece const& piece, LoadLimits const& limits, Usage& usage)
        : piece_(piece), limits_(limits), usage_(usage), columns_(piece.text) {}

    std::optional<Node> take_document() { return std::exchange(root_, std::nullopt); }

    /// The parser's mark as ours.
    [[nodiscard]] Mark mark_of(YAML::Mark const& mark) const {
        if (mark.is_null()) return {.line = piece_.first_line};
        auto const column = columns_.column(static_cast<std::size_t>(mark.pos), static_cast<std::size_t>(mark.column));
        return {.line = mark.line + piece_.first_line, .column = column};
    }

    void OnDocumentStart(YAML::Mark const&) override {
        open_.clear();
        anchors_.clear();
        aliases_ = 0;
    }
    void OnDocumentEnd() override {}

    void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        add({.mark = written_null(mark) ? mark_of(mark) : place_of_empty()}, anchor, {.nodes = 1});
    }

    void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor, std::string const& value) override {
        bool const quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        add({.kind = Node::Kind::Scalar,
             .mark = mark_of(mark),
             .text = value,
             .quoted = quoted,
             .unreadable = quoted ? std::string() : verdict_on_tag(tag)},
            anchor, {.nodes = 1, .bytes = value.size()});
    }

    void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        // Documents of other kinds may do what ours must not, so this ends no file: the alias stands for nothing, and says why.
        auto const found = anchors_.find(anchor);
        if (auto verdict = verdict_on_alias(found == anchors_.end() ? nullptr : &found->second.second); !verdict.empty()) {
            add({.mark = mark_of(mark), .unreadable = std::move(verdict)}, 0, {.nodes = 1});
            return;
        }
        auto const& [node, size] = found->second;
        usage_.copied_nodes += size.nodes;
        usage_.copied_bytes += size.bytes;
        place(node, size);
    }

    void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Node::Kind::Sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(Node::Kind::Map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Size {
        std::size_t nodes = 0;
        std::size_t depth = 0;
        std::size_t bytes = 0;
    };
    struct Open {
        Node node;
        YAML::anchor_t anchor = 0;
        std::optional<Node> key = {};
        Size size = {.nodes = 1, .depth = 1};
    };

    [[nodiscard]] LimitReached too_deep(YAML::Mark const& mark) const {
        return {mark_of(mark), fmt::format("nested more than {} levels deep", limits_.max_depth)};
    }

    void count_node(Mark const& mark) {
        if (++usage_.nodes > limits_.max_nodes) {
            throw LimitReached{mark, fmt::format("more than {} values in one file; split it", limits_.max_nodes)};
        }
    }

    /// Why an alias to a value of this size (null: to the one that it stands in) is not followed; empty: it is. Decided before
    /// anything is copied: this is what a bomb of aliases runs into.
    [[nodiscard]] std::string verdict_on_alias(Size const* size) {
        if (++aliases_ > limits_.max_aliases)
            return fmt::format("more than {} aliases in one document; write the values out", limits_.max_aliases);
        if (size == nullptr) return "an alias refers to the value that it stands in";
        if (open_.size() + size->depth > limits_.max_depth)
            return fmt::format("nested more than {} levels deep", limits_.max_depth);
        if (usage_.copied_nodes + size->nodes > limits_.max_nodes || usage_.copied_bytes + size->bytes > limits_.max_bytes)
            return fmt::format(
                "more than {} values or {} bytes stand behind the aliases of one file; write some out, or split it",
                limits_.max_nodes, limits_.max_bytes);
        return {};
    }

    /// The tag is not quoted: a password that begins with '!' looks like one.
    [[nodiscard]] static std::string verdict_on_tag(std::string_view tag) {
        constexpr std::array<std::string_view, 10> harmless{"",
                                                            "?",
                                                            "!",
                                                            "tag:yaml.org,2002:str",
                                                            "tag:yaml.org,2002:int",
                                                            "tag:yaml.org,2002:float",
                                                            "tag:yaml.org,2002:bool",
                                                            "tag:yaml.org,2002:null",
                                                            "tag:yaml.org,2002:map",
                                                            "tag:yaml.org,2002:seq"};
        if (std::ranges::find(harmless, tag) != harmless.end()) return {};
        return "a tag means nothing here; remove it, or put text that begins with '!' in quotes";
    }

    void open(Node::Kind kind, YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor) {
        if (open_.size() >= limits_.max_depth) throw too_deep(mark);
        auto const place = mark_of(mark);
        count_node(place);
        open_.push_back({.node = {.kind = kind, .mark = place, .unreadable = verdict_on_tag(tag)}, .anchor = anchor});
    }

    void close() {
        auto done = std::move(open_.back());
        open_.pop_back();
        if (done.anchor != 0) anchors_[done.anchor] = {done.node, done.size};
        place(std::move(done.node), done.size);
    }

    void add(Node node, YAML::anchor_t anchor, Size size) {
        count_node(node.mark);
        if (anchor != 0) anchors_[anchor] = {node, size};
        place(std::move(node), size);
    }

    void place(Node node, Size size) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        auto& parent = open_.back();
        parent.size.nodes += size.nodes;
        parent.size.bytes += size.bytes;
        parent.size.depth = std::max(parent.size.depth, size.depth + 1);
        if (parent.node.kind == Node::Kind::Sequence) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.key) {
            parent.key = std::move(node);
        } else {
            parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
            parent.key.reset();
        }
    }

    [[nodiscard]] bool written_null(YAML::Mark const& mark) const {
        if (mark.is_null() || mark.pos < 0 || static_cast<std::size_t>(mark.pos) >= piece_.text.size()) return false;
        auto const rest = piece_.text.substr(static_cast<std::size_t>(mark.pos));
        return rest.starts_with('~') || rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL");
    }

    /// A value that is not there has no place of its own (the parser names the next token): its key's place serves.
    [[nodiscard]] Mark place_of_empty() const {
        if (open_.empty()) return {.line = piece_.first_line};
        return open_.back().key ? open_.back().key->mark : open_.back().node.mark;
    }

    Piece const& piece_;
    LoadLimits const& limits_;
    Usage& usage_;
    std::size_t aliases_ = 0;  ///< of the document
    CharacterColumns columns_;
    std::vector<Open> open_;
    std::unordered_map<YAML::anchor_t, std::pair<Node, Size>> anchors_;
    std::optional<Node> root_;
};

std::string_view line_of(std::string_view text, int line) {
    for (int passed = 0; passed < line; ++passed) {
        auto const end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

bool indented_by_tab(std::string_view line) {
    return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

/// The parser's complaint; a tab that indents has its own, since the parser's never mentions it.
SyntaxProblem syntax_problem(Piece const& piece, TreeBuilder const& builder, YAML::Exception const& error) {
    for (int const line : {error.mark.line, error.mark.line - 1}) {
        if (line < 0) continue;
        auto const text = line_of(piece.text, line);
        if (!indented_by_tab(text)) continue;
        auto const column = static_cast<int>(text.find('\t')) + 1;
        return {{.line = piece.first_line + line, .column = column}, "YAML cannot be indented with tabs; use spaces"};
    }
    // The parser's words for a line that stands too far left or right name nothing that a person looks at.
    bool const misplaced = error.msg == "end of map not found" || error.msg == "end of sequence not found";
    // The parser's words would quote it: a password that begins with '*' looks like one.
    bool const anchorless = error.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR);
    return {builder.mark_of(error.mark),
            fmt::format("the YAML cannot be read: {}",
                        misplaced    ? "this does not fit the lines above; check its indentation"
                        : anchorless ? "an alias refers to no value; put text that begins with '*' in quotes"
                                     : error.msg)};
}

/// False when a limit ended the reading of the whole file.
bool read_piece(Piece const& piece, LoadLimits const& limits, Usage& usage, YamlFile& file) {
    TreeBuilder builder(piece, limits, usage);
    try {
        std::istringstream input{std::string(piece.text)};
        YAML::Parser parser(input);
        bool any = false;
        while (parser.HandleNextDocument(builder)) {
            any = true;
            if (file.documents.size() >= limits.max_documents) {
                throw LimitReached{{.line = piece.first_line},
                                   fmt::format("more than {} documents in one file; split it", limits.max_documents)};
            }
            if (auto document = builder.take_document()) file.documents.push_back(std::move(*document));
        }
        if (!any) file.documents.push_back({.mark = {.line = piece.first_line}});
    } catch (LimitReached const& limit) {
        file.problems.push_back({limit.mark, limit.message});
        return false;
    } catch (YAML::Exception const& error) {
        file.problems.push_back(syntax_problem(piece, builder, error));
    }
    return true;
}

}  // namespace

YamlFile read_yaml(std::string_view bytes, LoadLimits const& limits) {
    YamlFile file;
    if (bytes.size() > limits.max_bytes) {
        file.problems.push_back(
            {{}, fmt::format("the file has {} bytes, at most {} are read; split it", bytes.size(), limits.max_bytes)});
        return file;
    }
    auto const text = plain_text(bytes);
    if (!text) {
        file.problems.push_back({text.error().mark, text.error().message});
        return file;
    }
    auto const pieces = split_documents(*text);
    if (pieces.size() > limits.max_documents) {
        file.problems.push_back({{.line = pieces[limits.max_documents].first_line},
                                 fmt::format("more than {} documents in one file; split it", limits.max_documents)});
        return file;
    }
    Usage usage;
    for (auto const& piece : pieces) {
        if (!read_piece(piece, limits, usage, file)) break;
    }
    return file;
}

}  // namespace dayfly::specs
