// A partial spec laid under an object's own: what the object leaves out is taken from it.
#pragma once

#include "specs/node.h"

namespace dayfly::specs {

/// `object`'s spec with `defaults` (a map of spec fields) under it, merged map by map. What the object writes wins, null
/// included; of fields that exclude each other the defaults' give way.
void lay_under(Node& object, Node const& defaults);

/// Marks the whole tree as standing in defaults of that file name, which must outlive it.
void mark_as_defaults(Node& node, std::string const& file);

}  // namespace dayfly::specs
