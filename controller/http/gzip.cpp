#include "controller/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace dayfly::http {

std::string gzip(std::string_view text) {
    z_stream stream{};
    constexpr int gzip_wrapper = 16;
    if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + gzip_wrapper, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();
    }
    std::string packed(::deflateBound(&stream, text.size()), '\0');
    // zlib counts in unsigned int; its interface predates const, and nothing is written to the input.
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    std::size_t unread = text.size();
    std::size_t unused = packed.size();
    int state = Z_OK;
    while (state == Z_OK) {
        auto const in = static_cast<uInt>(std::min(unread, most));
        auto const out = static_cast<uInt>(std::min(unused, most));
        stream.avail_in = in;
        stream.avail_out = out;
        state = ::deflate(&stream, in == unread ? Z_FINISH : Z_NO_FLUSH);
        unread -= in - stream.avail_in;
        unused -= out - stream.avail_out;
    }
    ::deflateEnd(&stream);
    packed.resize(packed.size() - unused);
    return packed;
}

}  // namespace dayfly::http
