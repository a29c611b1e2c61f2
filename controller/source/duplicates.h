// One object written in two files: nobody can say which one is meant, so neither is taken.
#pragma once

#include "controller/source/source.h"

namespace dayfly::source {

/// Adds a problem for every copy of an object that stands in more than one file, takes out every environment that is also
/// broken, and leaves `broken` sorted and without repetition.
void refuse_duplicates(Snapshot& snapshot);

}  // namespace dayfly::source
