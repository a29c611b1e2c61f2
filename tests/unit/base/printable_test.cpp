// What reaches a terminal.
#include "controller/base/printable.h"

#include <gtest/gtest.h>

namespace dayfly {
namespace {

TEST(Printable, LeavesTextOfAnyLanguageAlone) {
    for (auto const* const text : {"", "shop-pr-42", "größe", "日本語", "مرحبا", "🙂"}) EXPECT_EQ(printable(text), text);
}

TEST(Printable, ReplacesWhatMovesACursorOrTurnsADirection) {
    EXPECT_EQ(printable("a\x1B[31mb"), "a?[31mb");
    EXPECT_EQ(printable("a\r\n\tb\x7F"), "a???b?");
    EXPECT_EQ(printable("a\u009B31mb"), "a?31mb");
    EXPECT_EQ(printable("a\u202Egnp.exe\u2069"), "a?gnp.exe?");
}

}  // namespace
}  // namespace dayfly
