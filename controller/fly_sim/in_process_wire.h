// The simulated cloud bound directly to the client's wire: no sockets, the injected clock, exact failures.
#pragma once

#include <functional>
#include <string>

#include "controller/base/clock.h"
#include "controller/fly/wire.h"
#include "controller/fly_sim/cloud.h"

namespace dayfly::fly_sim {

struct InProcessOptions {
    milliseconds latency{0};  ///< of one exchange: half before Fly sees it, half before the answer is back
    std::string token = "sim-token";
};

enum class Moment {
    BeforeSend,   ///< Fly has not seen the call
    AfterCommit,  ///< Fly has done it, nobody has read the answer
};
enum class Verdict {
    Continue,
    Die,  ///< the exchange never returns: it waits until it is cancelled, as if the process had died here
};
using Interceptor = std::function<Verdict(fly::Call const&, Moment)>;

class InProcessWire final : public fly::Wire {
public:
    InProcessWire(Cloud& cloud, Clock& clock, InProcessOptions options = {});

    /// A connection that ends without a whole answer, and a call that outlasts its limit, are Ambiguous; a refused one is
    /// Unavailable.
    Task<Result<fly::Reply>> exchange(fly::Call call) override;

    void set_interceptor(Interceptor interceptor) { interceptor_ = std::move(interceptor); }

private:
    Task<void> never();

    Cloud& cloud_;
    Clock& clock_;
    InProcessOptions options_;
    Interceptor interceptor_;
};

}  // namespace dayfly::fly_sim
