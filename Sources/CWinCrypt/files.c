// Plain files by Windows' names. A handle is the descriptor under a mark, so that no other handle passes for one.
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unicode.h"
#include "winbase.h"

#define MARK ((uintptr_t)0x46494C45 << 32)

static HANDLE handle_of(int descriptor) {
    return (HANDLE)(MARK | (uintptr_t)descriptor);
}

// The open descriptor behind a handle, or -1 and ERROR_INVALID_HANDLE.
static int descriptor_of(HANDLE handle) {
    uintptr_t value = (uintptr_t)handle;
    int saved = errno;
    if ((value & ~(uintptr_t)0x7FFFFFFF) == MARK && fcntl((int)(value ^ MARK), F_GETFD) >= 0) return (int)(value ^ MARK);
    errno = saved;
    SetLastError(ERROR_INVALID_HANDLE);
    return -1;
}

static DWORD code_of(int error) {
    switch (error) {
    case ENOENT: return ERROR_FILE_NOT_FOUND;
    case ENOTDIR:
    case ELOOP: return ERROR_PATH_NOT_FOUND;
    case EMFILE:
    case ENFILE: return ERROR_TOO_MANY_OPEN_FILES;
    case EACCES:
    case EPERM:
    case EISDIR:
    case ETXTBSY:
    case EBADF: return ERROR_ACCESS_DENIED; // the descriptor is open, but not for this
    case EROFS: return ERROR_WRITE_PROTECT;
    case EEXIST: return ERROR_FILE_EXISTS;
    case ENAMETOOLONG: return ERROR_FILENAME_EXCED_RANGE;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ERROR_DISK_FULL;
    case ENOMEM: return ERROR_NOT_ENOUGH_MEMORY;
    case EPIPE: return ERROR_BROKEN_PIPE;
    case EFAULT: return ERROR_INVALID_ADDRESS;
    case EINVAL: return ERROR_INVALID_PARAMETER;
    case EIO: return ERROR_IO_DEVICE;
    default: return ERROR_GEN_FAILURE;
    }
}

static BOOL failed(DWORD code) {
    SetLastError(code);
    return FALSE;
}

// MARK: - Opening

// ENOENT says not which: Windows tells a missing file from a missing folder.
static DWORD not_found(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path) return ERROR_FILE_NOT_FOUND;
    char *folder = strndup(path, (size_t)(slash - path));
    struct stat status;
    bool exists = folder && !stat(folder, &status);
    free(folder);
    return exists ? ERROR_FILE_NOT_FOUND : ERROR_PATH_NOT_FOUND;
}

static int creation_flags(DWORD disposition) {
    switch (disposition) {
    case CREATE_NEW: return O_CREAT | O_EXCL;
    case CREATE_ALWAYS: return O_CREAT | O_TRUNC;
    case OPEN_EXISTING: return 0;
    case OPEN_ALWAYS: return O_CREAT;
    case TRUNCATE_EXISTING: return O_TRUNC;
    default: return -1;
    }
}

HANDLE WINAPI tokencsp_CreateFileA(
    LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode, LPSECURITY_ATTRIBUTES lpSecurityAttributes,
    DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes, HANDLE hTemplateFile) {
    (void)dwShareMode, (void)lpSecurityAttributes, (void)hTemplateFile;
    int creation = creation_flags(dwCreationDisposition);
    bool writes = dwDesiredAccess & (GENERIC_WRITE | FILE_WRITE_DATA);
    bool reads = dwDesiredAccess & (GENERIC_READ | FILE_READ_DATA);
    DWORD code = ERROR_SUCCESS;
    if (!lpFileName || !*lpFileName) code = lpFileName ? ERROR_PATH_NOT_FOUND : ERROR_INVALID_PARAMETER;
    else if (creation < 0 || (dwCreationDisposition == TRUNCATE_EXISTING && !writes)) code = ERROR_INVALID_PARAMETER;
    else if (dwFlagsAndAttributes & (FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE)) code = ERROR_NOT_SUPPORTED;
    if (code) return SetLastError(code), INVALID_HANDLE_VALUE;

    int flags = O_CLOEXEC | (writes ? reads ? O_RDWR : O_WRONLY : O_RDONLY);
    if (dwFlagsAndAttributes & FILE_FLAG_WRITE_THROUGH) flags |= O_DSYNC;
    bool may_exist = dwCreationDisposition == CREATE_ALWAYS || dwCreationDisposition == OPEN_ALWAYS;
    bool existed = false;
    int descriptor = -1;
    // Whether it was there: first without making it, then made by nobody else.
    for (int attempt = 0; attempt < 8 && descriptor < 0; attempt++) {
        existed = may_exist && attempt % 2 == 0;
        int extra = !may_exist ? creation : existed ? creation & ~O_CREAT : O_CREAT | O_EXCL;
        do descriptor = open(lpFileName, flags | extra, 0666);
        while (descriptor < 0 && errno == EINTR);
        if (descriptor < 0 && (!may_exist || errno != (existed ? ENOENT : EEXIST))) break;
    }
    struct stat status;
    if (descriptor >= 0 && !fstat(descriptor, &status) && S_ISDIR(status.st_mode)) {
        close(descriptor);
        descriptor = -1;
        errno = EISDIR;
    }
    if (descriptor < 0) {
        SetLastError(errno == ENOENT ? not_found(lpFileName) : code_of(errno));
        return INVALID_HANDLE_VALUE;
    }
    if (may_exist) SetLastError(existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    return handle_of(descriptor);
}

HANDLE WINAPI tokencsp_CreateFileW(
    LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode, LPSECURITY_ATTRIBUTES lpSecurityAttributes,
    DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes, HANDLE hTemplateFile) {
    char *path = NULL;
    if (lpFileName && !(path = tokencsp_narrowed(lpFileName, tokencsp_wcslen(lpFileName), true))) {
        SetLastError(errno == ENOMEM ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_NAME);
        return INVALID_HANDLE_VALUE;
    }
    HANDLE handle = tokencsp_CreateFileA(
        path, dwDesiredAccess, dwShareMode, lpSecurityAttributes, dwCreationDisposition, dwFlagsAndAttributes,
        hTemplateFile);
    free(path);
    return handle;
}

BOOL WINAPI tokencsp_CloseHandle(HANDLE hObject) {
    int descriptor = descriptor_of(hObject);
    if (descriptor < 0) return FALSE;
    // EINTR closes on Linux; an error of delayed writing is told.
    return !close(descriptor) || errno == EINTR ? TRUE : failed(code_of(errno));
}

// MARK: - Reading and writing

BOOL WINAPI tokencsp_ReadFile(
    HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPDWORD lpNumberOfBytesRead, LPOVERLAPPED lpOverlapped) {
    if (lpOverlapped) return failed(ERROR_NOT_SUPPORTED);
    if (!lpNumberOfBytesRead || (!lpBuffer && nNumberOfBytesToRead)) return failed(ERROR_INVALID_PARAMETER);
    *lpNumberOfBytesRead = 0;
    int descriptor = descriptor_of(hFile);
    if (descriptor < 0) return FALSE;
    while (*lpNumberOfBytesRead < nNumberOfBytesToRead) {
        ssize_t count =
            read(descriptor, (char *)lpBuffer + *lpNumberOfBytesRead, nNumberOfBytesToRead - *lpNumberOfBytesRead);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(code_of(errno));
        *lpNumberOfBytesRead += (DWORD)count;
        // A file gives all that was asked for, up to its end; a pipe or a terminal what it has.
        if (!count || lseek(descriptor, 0, SEEK_CUR) < 0) break;
    }
    return TRUE;
}

BOOL WINAPI tokencsp_WriteFile(
    HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite, LPDWORD lpNumberOfBytesWritten,
    LPOVERLAPPED lpOverlapped) {
    if (lpOverlapped) return failed(ERROR_NOT_SUPPORTED);
    if (!lpNumberOfBytesWritten || (!lpBuffer && nNumberOfBytesToWrite)) return failed(ERROR_INVALID_PARAMETER);
    *lpNumberOfBytesWritten = 0;
    int descriptor = descriptor_of(hFile);
    if (descriptor < 0) return FALSE;
    while (*lpNumberOfBytesWritten < nNumberOfBytesToWrite) {
        ssize_t count = write(
            descriptor, (const char *)lpBuffer + *lpNumberOfBytesWritten,
            nNumberOfBytesToWrite - *lpNumberOfBytesWritten);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(code_of(errno));
        *lpNumberOfBytesWritten += (DWORD)count;
    }
    return TRUE;
}

// MARK: - Size

BOOL WINAPI tokencsp_GetFileSizeEx(HANDLE hFile, PLARGE_INTEGER lpFileSize) {
    struct stat status;
    if (!lpFileSize) return failed(ERROR_INVALID_PARAMETER);
    int descriptor = descriptor_of(hFile);
    if (descriptor < 0) return FALSE;
    if (fstat(descriptor, &status)) return failed(code_of(errno));
    lpFileSize->QuadPart = status.st_size;
    return TRUE;
}

DWORD WINAPI tokencsp_GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh) {
    LARGE_INTEGER size;
    if (!tokencsp_GetFileSizeEx(hFile, &size)) return INVALID_FILE_SIZE;
    if (lpFileSizeHigh) *lpFileSizeHigh = (DWORD)size.u.HighPart;
    if (size.u.LowPart == INVALID_FILE_SIZE) SetLastError(NO_ERROR);
    return size.u.LowPart;
}
