/* Plain files by Windows' names: open, read, write, close, size. A path is a Linux path in UTF-8 or UTF-16. Share modes,
 * security attributes and file attributes have no effect; what would matter and cannot be done (overlapped input and
 * output, FILE_FLAG_DELETE_ON_CLOSE) is refused. */
#ifndef TOKENCSP_FILES_H
#define TOKENCSP_FILES_H

#include "../windef.h"

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)
#define INVALID_FILE_SIZE ((DWORD)0xFFFFFFFF)

/* CreateFile: dwDesiredAccess */
#define GENERIC_READ 0x80000000
#define GENERIC_WRITE 0x40000000
#define FILE_READ_DATA 0x0001
#define FILE_WRITE_DATA 0x0002

/* CreateFile: dwShareMode */
#define FILE_SHARE_READ 0x00000001
#define FILE_SHARE_WRITE 0x00000002
#define FILE_SHARE_DELETE 0x00000004

/* CreateFile: dwCreationDisposition */
#define CREATE_NEW 1
#define CREATE_ALWAYS 2
#define OPEN_EXISTING 3
#define OPEN_ALWAYS 4
#define TRUNCATE_EXISTING 5

/* CreateFile: dwFlagsAndAttributes */
#define FILE_ATTRIBUTE_READONLY 0x00000001
#define FILE_ATTRIBUTE_HIDDEN 0x00000002
#define FILE_ATTRIBUTE_ARCHIVE 0x00000020
#define FILE_ATTRIBUTE_NORMAL 0x00000080
#define FILE_ATTRIBUTE_TEMPORARY 0x00000100
#define FILE_FLAG_WRITE_THROUGH 0x80000000
#define FILE_FLAG_OVERLAPPED 0x40000000
#define FILE_FLAG_NO_BUFFERING 0x20000000
#define FILE_FLAG_RANDOM_ACCESS 0x10000000
#define FILE_FLAG_SEQUENTIAL_SCAN 0x08000000
#define FILE_FLAG_DELETE_ON_CLOSE 0x04000000

typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/* Only ever NULL. */
typedef struct _OVERLAPPED *LPOVERLAPPED;

#if !defined __swift__ && TOKENCSP_HELPERS

#ifdef __cplusplus
extern "C" {
#endif

/* Opens or makes a file. Answers INVALID_HANDLE_VALUE and ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND,
 * ERROR_ACCESS_DENIED, ERROR_FILE_EXISTS, ERROR_NOT_SUPPORTED, ERROR_INVALID_PARAMETER, … when it fails. CREATE_ALWAYS
 * and OPEN_ALWAYS leave ERROR_ALREADY_EXISTS as the last error when the file was there, else ERROR_SUCCESS.
 * Microsoft: "CreateFileA/W function (fileapi.h)". */
TOKENCSP_API HANDLE WINAPI tokencsp_CreateFileA(
    LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode, LPSECURITY_ATTRIBUTES lpSecurityAttributes,
    DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes, HANDLE hTemplateFile);
TOKENCSP_API HANDLE WINAPI tokencsp_CreateFileW(
    LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode, LPSECURITY_ATTRIBUTES lpSecurityAttributes,
    DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes, HANDLE hTemplateFile);
#define CreateFileA tokencsp_CreateFileA
#define CreateFileW tokencsp_CreateFileW

/* Reads; at the end of the file it succeeds with 0 bytes.
 *   lpNumberOfBytesRead  receives the bytes read; lpOverlapped: NULL
 * Microsoft: "ReadFile function (fileapi.h)". */
TOKENCSP_API BOOL WINAPI tokencsp_ReadFile(
    HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPDWORD lpNumberOfBytesRead,
    LPOVERLAPPED lpOverlapped);
#define ReadFile tokencsp_ReadFile

/* Writes all of it, or fails: ERROR_DISK_FULL, ERROR_ACCESS_DENIED (not opened for writing), …
 * Microsoft: "WriteFile function (fileapi.h)". */
TOKENCSP_API BOOL WINAPI tokencsp_WriteFile(
    HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite, LPDWORD lpNumberOfBytesWritten,
    LPOVERLAPPED lpOverlapped);
#define WriteFile tokencsp_WriteFile

/* The size in bytes: the low half as the answer, the high half through lpFileSizeHigh, which may be NULL.
 * INVALID_FILE_SIZE when it fails, and then the last error is not NO_ERROR.
 * Microsoft: "GetFileSize function (fileapi.h)". */
TOKENCSP_API DWORD WINAPI tokencsp_GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh);
TOKENCSP_API BOOL WINAPI tokencsp_GetFileSizeEx(HANDLE hFile, PLARGE_INTEGER lpFileSize);
#define GetFileSize tokencsp_GetFileSize
#define GetFileSizeEx tokencsp_GetFileSizeEx

/* Closes a file. Anything that is not an open file of CreateFile's is ERROR_INVALID_HANDLE.
 * Microsoft: "CloseHandle function (handleapi.h)". */
TOKENCSP_API BOOL WINAPI tokencsp_CloseHandle(HANDLE hObject);
#define CloseHandle tokencsp_CloseHandle

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define CreateFile CreateFileW
#else
#define CreateFile CreateFileA
#endif

#endif
#endif
