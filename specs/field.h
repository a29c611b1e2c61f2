// How a field is named in the description (describe.h). A description is a function template per struct,
//   template <class Visitor> void describe(Visitor& visit, Is<Health> auto& health)
// that shows each field to the visitor once. The reader, the writer and the JSON Schema are three visitors, each with
//   constant(field, text)                        a field that always says the same
//   ignored(field)                               known, and of no meaning when read
//   value(field, member, kind)                   a scalar of one of kinds.h
//   list(field, strings, kind, most)             distinct scalars
//   map(field, strings, key, kind, most)         names to scalars
//   object(field, member)                        a struct that has its own description
//   optional(field, member, null)                the same, when it can be absent
//   objects(field, vector, most)                 a list of structs
//   object_map(field, map, key, most)            names to structs
//   group(field, [](auto& visit) { … })          a map in the file whose fields live in the same struct
//   exactly_one_alternative()                    of the fields marked Presence::Alternative; else at most one
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

namespace dayfly::specs {

enum class Presence { Optional, Required, Alternative };

/// What `null` says in the place of an optional struct.
enum class Null {
    Meaningful,  ///< something else than leaving the field out, so it is written too
    LeftOut,     ///< the same as leaving it out
};

struct Field {
    std::string_view name;
    std::string_view doc;  ///< one sentence or two, for editors
    Presence presence = Presence::Optional;
    std::string_view unfit = {};      ///< why the field has no place beside what was read before it; empty: it has
    std::string_view goes_with = {};  ///< the field without which it means nothing, for the JSON Schema; rules*.cpp check it
    bool secret = false;              ///< somebody may write a secret here by mistake: messages quote nothing at or below it
};

/// Const or not: the writer shows what the reader fills.
template <class Self, class T>
concept Is = std::same_as<std::remove_const_t<Self>, T>;

}  // namespace dayfly::specs
