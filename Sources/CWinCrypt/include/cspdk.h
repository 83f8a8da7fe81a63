/* For hosts that load this library as a cryptographic service provider: the CP functions, and what they take. */
#ifndef TOKENCSP_CSPDK_H
#define TOKENCSP_CSPDK_H

#include "wincrypt.h"
#include "tokencsp/csp.h"

#endif
