// The one question that only GraphQL answers in bulk: addresses and secret digests of every app of an organisation.
#pragma once

#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/fly/types.h"
#include "controller/fly_rest/json_read.h"
#include "controller/fly_rest/json_write.h"

namespace dayfly::fly_rest {

/// The request's body: 200 apps after `cursor`; from the start when it is empty.
[[nodiscard]] Body audit_request(std::string const& organization, std::string const& cursor);

struct AuditPage {
    std::vector<fly::AppAudit> apps;
    std::string next_cursor;  ///< empty: this was the last page
};

/// GraphQL reports its errors with HTTP 200. NotFound when the organisation is not there or not the token's.
[[nodiscard]] Result<AuditPage> audit_page_from(Json answer);

}  // namespace dayfly::fly_rest
