// The rules of load time that look at more than one field. What one field alone can tell is its kind's business (kinds.h).
#pragma once

#include "specs/environment.h"
#include "specs/findings.h"

namespace dayfly::specs {

/// Fills in the defaults that depend on other fields: the volume of a git source, the memory that a size must have.
void complete_defaults(PreviewEnvironment& environment, Findings const& findings);

/// Reports every broken rule between fields. A field with a problem of its own is passed over.
void check_rules(PreviewEnvironment const& environment, Findings& findings);

/// Its parts: machines and volumes, variables and secrets.
void check_machines(Spec const& spec, Findings& findings);
void check_variables(Spec const& spec, Findings& findings);

}  // namespace dayfly::specs
