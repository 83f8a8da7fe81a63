/* What a CryptoAPI program takes from <windows.h>: the types, the error codes and wincrypt.h. */
#ifndef TOKENCSP_WINDOWS_H
#define TOKENCSP_WINDOWS_H

#include "windef.h"
#include "winbase.h"
#include "winerror.h"
#include "wincrypt.h"

#endif
