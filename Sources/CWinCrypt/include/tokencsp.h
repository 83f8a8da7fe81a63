/* What this library has beyond Microsoft's CryptoAPI. No header of Windows' includes it: a program that does is one for
 * this library. */
#ifndef TOKENCSP_TOKENCSP_H
#define TOKENCSP_TOKENCSP_H

#include "wincrypt.h"
#include "tokencsp/curves.h"

#endif
