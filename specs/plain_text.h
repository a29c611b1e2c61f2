// The bytes of a file before YAML sees them: UTF-8 without control characters, line ends made one, cut into documents.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "specs/node.h"

namespace dayfly::specs {

struct TextProblem {
    Mark mark;
    std::string message;
};

/// The text without byte order mark and with "\n" as the only line end. A problem when it is not UTF-8 or holds NUL or other
/// control characters, at the first of them.
[[nodiscard]] std::expected<std::string, TextProblem> plain_text(std::string_view bytes);

struct Piece {
    std::string_view text;
    int first_line = 1;
};

/// The text cut before every "---" that begins a further document, so that a broken one does not hide those after it.
[[nodiscard]] std::vector<Piece> split_documents(std::string_view text);

/// Turns byte columns, which the parser counts, into the columns of characters that editors show. Cheap to ask often.
class CharacterColumns {
public:
    explicit CharacterColumns(std::string_view text);

    /// The column from 1 of the character at byte `position`, which is the `byte_column`th of its line, from 0.
    [[nodiscard]] int column(std::size_t position, std::size_t byte_column) const;

private:
    std::vector<std::size_t> inner_bytes_;  ///< positions of the bytes that begin no character
};

}  // namespace dayfly::specs
