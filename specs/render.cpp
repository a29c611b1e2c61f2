// The visitor that writes a struct as JSON.
#include "specs/render.h"

#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "specs/describe.h"

namespace dayfly::specs {
namespace {

using Json = nlohmann::ordered_json;

/// Turns an optional's contents or a narrow number into what the kind writes.
template <class Kind, class Member>
Json write_member(Kind const& kind, Member const& member) {
    if constexpr (std::is_convertible_v<Member const&, typename Kind::Value const&>) {
        return kind.write(member);
    } else {
        return member ? kind.write(*member) : Json();
    }
}

class Writer {
public:
    explicit Writer(Json& object) : object_(object) { object_ = Json::object(); }

    void constant(Field const& field, std::string_view text) { set(field, text); }
    void ignored(Field const&) {}

    template <class Member, class Kind>
    void value(Field const& field, Member const& member, Kind const& kind) {
        if (auto written = write_member(kind, member); !written.is_null()) set(field, std::move(written));
    }

    template <class Kind>
    void list(Field const& field, std::vector<std::string> const& strings, Kind const&, std::size_t) {
        set(field, strings);
    }

    template <class KeyKind, class Kind>
    void map(Field const& field, StringMap const& strings, KeyKind const&, Kind const&, std::size_t) {
        auto entries = Json::object();
        for (auto const& [name, text] : strings) entries[name] = text;
        set(field, std::move(entries));
    }

    template <class T>
    void object(Field const& field, T const& member) {
        group(field, [&](Writer& writer) { describe(writer, member); });
    }

    template <class T>
    void optional(Field const& field, std::optional<T> const& member, Null null) {
        if (member) {
            object(field, *member);
        } else if (null == Null::Meaningful) {
            set(field, nullptr);
        }
    }

    template <class T>
    void objects(Field const& field, std::vector<T> const& members, std::size_t) {
        auto items = Json::array();
        for (auto const& member : members) items.push_back(written(member));
        set(field, std::move(items));
    }

    template <class T, class KeyKind>
    void object_map(Field const& field, std::map<std::string, T> const& members, KeyKind const&, std::size_t) {
        auto entries = Json::object();
        for (auto const& [name, member] : members) entries[name] = written(member);
        set(field, std::move(entries));
    }

    template <class ShowFields>
    void group(Field const& field, ShowFields const& show_fields) {
        Json contents;
        Writer inner(contents);
        show_fields(inner);
        // An empty map would not be read back where one of its fields is needed.
        if (!contents.empty()) set(field, std::move(contents));
    }

    void exactly_one_alternative() {}

    template <class T>
    static Json written(T const& member) {
        Json json;
        Writer writer(json);
        describe(writer, member);
        return json;
    }

private:
    void set(Field const& field, Json json) {
        if (field.unfit.empty()) object_[std::string(field.name)] = std::move(json);
    }

    Json& object_;
};

}  // namespace

Json to_json(PreviewEnvironment const& environment) { return Writer::written(environment); }

std::string to_yaml(PreviewEnvironment const& environment) { return json_to_yaml(to_json(environment)); }

}  // namespace dayfly::specs
