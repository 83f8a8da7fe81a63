#include "wincrypt.h"
static _Thread_local DWORD e; DWORD GetLastError(void){return e;}
