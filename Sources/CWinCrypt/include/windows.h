/* What a CryptoAPI program takes from <windows.h>: the types, the error codes, wincrypt.h, and what lies about it. */
#ifndef TOKENCSP_WINDOWS_H
#define TOKENCSP_WINDOWS_H

#include "windef.h"
#include "winbase.h"
#include "winerror.h"
#include "wincrypt.h"
#include "tokencsp/seh.h"

#if __SIZEOF_WCHAR_T__ == 2
#include "tokencsp/wmain.h"
#endif

#ifdef TOKENCSP_MSVC
#include "tokencsp/msvc.h"
#endif

#endif
