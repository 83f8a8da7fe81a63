#include <stdint.h>
typedef uint32_t DWORD; typedef int BOOL; typedef uintptr_t HCRYPTPROV;
BOOL CryptReleaseContext(HCRYPTPROV hProv, DWORD dwFlags);
DWORD GetLastError(void);
