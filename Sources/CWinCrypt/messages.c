// FormatMessage, and the text of every code of winerror.h in our own words.
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unicode.h"
#include "winbase.h"

static const struct message {
    DWORD code;
    const char *text;
} messages[] = {
    {ERROR_SUCCESS, "The operation succeeded."},
    {ERROR_INVALID_FUNCTION, "There is no such function."},
    {ERROR_FILE_NOT_FOUND, "The file was not found."},
    {ERROR_PATH_NOT_FOUND, "The folder was not found."},
    {ERROR_TOO_MANY_OPEN_FILES, "Too many files are open."},
    {ERROR_ACCESS_DENIED, "Access is denied."},
    {ERROR_INVALID_HANDLE, "The handle is not valid."},
    {ERROR_NOT_ENOUGH_MEMORY, "There is not enough memory."},
    {ERROR_BAD_ENVIRONMENT, "The environment is not as it should be."},
    {ERROR_BAD_FORMAT, "The format is wrong."},
    {ERROR_INVALID_ACCESS, "The kind of access asked for is not valid."},
    {ERROR_INVALID_DATA, "The data is not valid."},
    {ERROR_OUTOFMEMORY, "Memory is used up."},
    {ERROR_NO_MORE_FILES, "There are no more files."},
    {ERROR_WRITE_PROTECT, "The medium is write-protected."},
    {ERROR_NOT_READY, "The device is not ready."},
    {ERROR_CRC, "The data failed its checksum."},
    {ERROR_BAD_LENGTH, "The length does not suit the command."},
    {ERROR_WRITE_FAULT, "Writing to the device failed."},
    {ERROR_READ_FAULT, "Reading from the device failed."},
    {ERROR_GEN_FAILURE, "The device does not work as it should."},
    {ERROR_SHARING_VIOLATION, "Another process is using the file."},
    {ERROR_LOCK_VIOLATION, "Another process has locked a part of the file."},
    {ERROR_HANDLE_EOF, "The end of the file was reached."},
    {ERROR_NOT_SUPPORTED, "The request is not supported."},
    {ERROR_FILE_EXISTS, "The file exists already."},
    {ERROR_INVALID_PASSWORD, "The password is wrong."},
    {ERROR_INVALID_PARAMETER, "A parameter is not valid."},
    {ERROR_BROKEN_PIPE, "The other end of the pipe is closed."},
    {ERROR_OPEN_FAILED, "The file or device could not be opened."},
    {ERROR_BUFFER_OVERFLOW, "The name is too long."},
    {ERROR_DISK_FULL, "There is no space left on the disk."},
    {ERROR_CALL_NOT_IMPLEMENTED, "The function is not implemented."},
    {ERROR_SEM_TIMEOUT, "Waiting took too long."},
    {ERROR_INSUFFICIENT_BUFFER, "The buffer is too small."},
    {ERROR_INVALID_NAME, "The name is not valid."},
    {ERROR_INVALID_LEVEL, "The level is not valid."},
    {ERROR_MOD_NOT_FOUND, "The module was not found."},
    {ERROR_PROC_NOT_FOUND, "The module has no such function."},
    {ERROR_BUSY, "The resource is in use."},
    {ERROR_ALREADY_EXISTS, "It exists already."},
    {ERROR_ENVVAR_NOT_FOUND, "There is no such environment variable."},
    {ERROR_FILENAME_EXCED_RANGE, "The file name is too long."},
    {ERROR_RING2_STACK_IN_USE, "The stack is in use."},
    {ERROR_NO_DATA, "The pipe is being closed."},
    {ERROR_MORE_DATA, "There is more data than fits."},
    {ERROR_NO_MORE_ITEMS, "There are no more items."},
    {ERROR_MR_MID_NOT_FOUND, "There is no text for this message number."},
    {ERROR_INVALID_ADDRESS, "The address is not valid."},
    {ERROR_ARITHMETIC_OVERFLOW, "A calculation exceeded 32 bits."},
    {ERROR_OPERATION_ABORTED, "The operation was aborted."},
    {ERROR_IO_PENDING, "The operation is still in progress."},
    {ERROR_INVALID_FLAGS, "The flags are not valid."},
    {ERROR_NO_TOKEN, "There is no such token."},
    {ERROR_SERVICE_DISABLED, "The service is disabled."},
    {ERROR_SERVICE_NOT_ACTIVE, "The service is not running."},
    {ERROR_NO_UNICODE_TRANSLATION, "A character does not exist in the other code page."},
    {ERROR_DLL_INIT_FAILED, "The library failed to start."},
    {ERROR_IO_DEVICE, "The device reported an error."},
    {ERROR_DLL_NOT_FOUND, "A library that is needed was not found."},
    {ERROR_DEVICE_NOT_CONNECTED, "The device is not connected."},
    {ERROR_NOT_FOUND, "It was not found."},
    {ERROR_BAD_DEVICE, "The device name is not valid."},
    {ERROR_BAD_PROVIDER, "The provider name is not valid."},
    {ERROR_CANCELLED, "The user cancelled the operation."},
    {ERROR_NOT_AUTHENTICATED, "The user is not authenticated."},
    {ERROR_NOT_LOGGED_ON, "The user is not logged in."},
    {ERROR_ALREADY_INITIALIZED, "It is initialized already."},
    {ERROR_NO_MORE_DEVICES, "There are no more devices."},
    {ERROR_REVISION_MISMATCH, "The versions do not go together."},
    {ERROR_PRIVILEGE_NOT_HELD, "A privilege that is needed is missing."},
    {ERROR_WRONG_PASSWORD, "The current password is wrong."},
    {ERROR_PASSWORD_RESTRICTION, "The new password breaks the rules for passwords."},
    {ERROR_LOGON_FAILURE, "The user name or the password is wrong."},
    {ERROR_PASSWORD_EXPIRED, "The password has expired."},
    {ERROR_INVALID_SID, "The security identifier is not valid."},
    {ERROR_INTERNAL_ERROR, "An internal error occurred."},
    {ERROR_INVALID_INDEX, "The index is not valid."},
    {ERROR_TIMEOUT, "The time limit was exceeded."},
    {ERROR_INVALID_HANDLE_STATE, "The handle is not in a state for this."},
    {ERROR_DEVICE_REMOVED, "The device was removed."},
    {ERROR_FUNCTION_FAILED, "The function failed."},
    {ERROR_INVALID_USER_BUFFER, "The buffer given is not valid for this."},

    {(DWORD)E_PENDING, "The data is not available yet."},
    {(DWORD)E_NOTIMPL, "It is not implemented."},
    {(DWORD)E_NOINTERFACE, "There is no such interface."},
    {(DWORD)E_POINTER, "A pointer is not valid."},
    {(DWORD)E_ABORT, "The operation was aborted."},
    {(DWORD)E_FAIL, "It failed, and the reason has no code."},
    {(DWORD)E_UNEXPECTED, "Something failed that could not fail."},

    {(DWORD)NTE_BAD_UID, "The provider handle is not valid."},
    {(DWORD)NTE_BAD_HASH, "The hash handle is not valid, or belongs to another provider."},
    {(DWORD)NTE_BAD_KEY, "The key handle is not valid, or the key is not for this use."},
    {(DWORD)NTE_BAD_LEN, "The data has a wrong length."},
    {(DWORD)NTE_BAD_DATA, "The data is wrong."},
    {(DWORD)NTE_BAD_SIGNATURE, "The signature does not verify."},
    {(DWORD)NTE_BAD_VER, "The version of the blob is not supported."},
    {(DWORD)NTE_BAD_ALGID, "The provider does not have this algorithm."},
    {(DWORD)NTE_BAD_FLAGS, "The flags are not valid here."},
    {(DWORD)NTE_BAD_TYPE, "The type or parameter number is not valid."},
    {(DWORD)NTE_BAD_KEY_STATE, "The key may not do this in its present state."},
    {(DWORD)NTE_BAD_HASH_STATE, "The hash is finished and takes no more."},
    {(DWORD)NTE_NO_KEY, "The container has no such key."},
    {(DWORD)NTE_NO_MEMORY, "The provider is out of memory."},
    {(DWORD)NTE_EXISTS, "The container or object exists already."},
    {(DWORD)NTE_PERM, "This is not allowed."},
    {(DWORD)NTE_NOT_FOUND, "The object was not found."},
    {(DWORD)NTE_DOUBLE_ENCRYPT, "The data is encrypted already."},
    {(DWORD)NTE_BAD_PROVIDER, "The provider name is not valid."},
    {(DWORD)NTE_BAD_PROV_TYPE, "The provider type is not valid."},
    {(DWORD)NTE_BAD_PUBLIC_KEY, "The public key is missing or not valid."},
    {(DWORD)NTE_BAD_KEYSET, "The key container does not exist or cannot be opened."},
    {(DWORD)NTE_PROV_TYPE_NOT_DEF, "There is no provider of this type."},
    {(DWORD)NTE_PROV_TYPE_ENTRY_BAD, "The registration of the provider type is damaged."},
    {(DWORD)NTE_KEYSET_NOT_DEF, "There is no provider of this name."},
    {(DWORD)NTE_KEYSET_ENTRY_BAD, "The registration of the container is damaged."},
    {(DWORD)NTE_PROV_TYPE_NO_MATCH, "The provider of this name is of another type."},
    {(DWORD)NTE_SIGNATURE_FILE_BAD, "The signature file of the provider is damaged."},
    {(DWORD)NTE_PROVIDER_DLL_FAIL, "The provider library failed to start."},
    {(DWORD)NTE_PROV_DLL_NOT_FOUND, "The provider library or its PKCS#11 module was not found."},
    {(DWORD)NTE_BAD_KEYSET_PARAM, "The name of the container or provider is not valid."},
    {(DWORD)NTE_FAIL, "The provider failed, and the reason has no code."},
    {(DWORD)NTE_SYS_ERR, "The provider failed on an error of the system."},
    {(DWORD)NTE_SILENT_CONTEXT, "The user would have to be asked, and the context may not ask."},
    {(DWORD)NTE_TOKEN_KEYSET_STORAGE_FULL, "The token has no room left for keys."},
    {(DWORD)NTE_TEMPORARY_PROFILE, "The profile of the user is a temporary one."},
    {(DWORD)NTE_FIXEDPARAMETER, "The parameter cannot be set."},
    {(DWORD)NTE_INVALID_HANDLE, "The handle given to the provider is not valid."},
    {(DWORD)NTE_INVALID_PARAMETER, "A parameter given to the provider is not valid."},
    {(DWORD)NTE_BUFFER_TOO_SMALL, "The buffer given to the provider is too small."},
    {(DWORD)NTE_NOT_SUPPORTED, "Neither the provider nor the token can do this."},
    {(DWORD)NTE_NO_MORE_ITEMS, "The provider has no more items."},
    {(DWORD)NTE_BUFFERS_OVERLAP, "The buffers overlap."},
    {(DWORD)NTE_DECRYPTION_FAILURE, "The data could not be decrypted."},
    {(DWORD)NTE_INTERNAL_ERROR, "An internal error occurred in the provider."},
    {(DWORD)NTE_UI_REQUIRED, "The user must be asked."},
    {(DWORD)NTE_HMAC_NOT_SUPPORTED, "HMAC is not supported."},
    {(DWORD)NTE_DEVICE_NOT_READY, "The token is not ready."},
    {(DWORD)NTE_AUTHENTICATION_IGNORED, "The proof of identity was not used."},
    {(DWORD)NTE_VALIDATION_FAILED, "The data failed its check."},
    {(DWORD)NTE_INCORRECT_PASSWORD, "The PIN or password is wrong."},
    {(DWORD)NTE_ENCRYPTION_FAILURE, "The data could not be encrypted."},
    {(DWORD)NTE_DEVICE_NOT_FOUND, "The token was not found."},
    {(DWORD)NTE_USER_CANCELLED, "The user cancelled the operation."},
    {(DWORD)NTE_PASSWORD_CHANGE_REQUIRED, "The PIN has expired and must be changed."},
    {(DWORD)NTE_NOT_ACTIVE_CONSOLE, "Only the active console may do this."},

    {(DWORD)SCARD_F_INTERNAL_ERROR, "Smart card: an internal check failed."},
    {(DWORD)SCARD_E_CANCELLED, "Smart card: the operation was cancelled."},
    {(DWORD)SCARD_E_INVALID_HANDLE, "Smart card: the handle is not valid."},
    {(DWORD)SCARD_E_INVALID_PARAMETER, "Smart card: a parameter is not valid."},
    {(DWORD)SCARD_E_INVALID_TARGET, "Smart card: the registration of the start program is damaged."},
    {(DWORD)SCARD_E_NO_MEMORY, "Smart card: there is not enough memory."},
    {(DWORD)SCARD_F_WAITED_TOO_LONG, "Smart card: an internal timer ran out."},
    {(DWORD)SCARD_E_INSUFFICIENT_BUFFER, "Smart card: the buffer is too small."},
    {(DWORD)SCARD_E_UNKNOWN_READER, "There is no reader of this name."},
    {(DWORD)SCARD_E_TIMEOUT, "Smart card: the time limit was exceeded."},
    {(DWORD)SCARD_E_SHARING_VIOLATION, "Another program holds the smart card."},
    {(DWORD)SCARD_E_NO_SMARTCARD, "There is no smart card in the reader."},
    {(DWORD)SCARD_E_UNKNOWN_CARD, "The smart card is of an unknown kind."},
    {(DWORD)SCARD_E_CANT_DISPOSE, "The smart card cannot be left in the state asked for."},
    {(DWORD)SCARD_E_PROTO_MISMATCH, "The smart card does not speak the protocol asked for."},
    {(DWORD)SCARD_E_NOT_READY, "The reader or the smart card is not ready."},
    {(DWORD)SCARD_E_INVALID_VALUE, "Smart card: a value is out of its range."},
    {(DWORD)SCARD_E_SYSTEM_CANCELLED, "Smart card: the system cancelled the operation."},
    {(DWORD)SCARD_F_COMM_ERROR, "Smart card: an internal communication error occurred."},
    {(DWORD)SCARD_F_UNKNOWN_ERROR, "Smart card: an internal error of unknown origin occurred."},
    {(DWORD)SCARD_E_INVALID_ATR, "The smart card's answer to reset is not valid."},
    {(DWORD)SCARD_E_NOT_TRANSACTED, "Smart card: a transaction was ended that does not exist."},
    {(DWORD)SCARD_E_READER_UNAVAILABLE, "The reader is not available."},
    {(DWORD)SCARD_P_SHUTDOWN, "Smart card: the operation was aborted for the service to end."},
    {(DWORD)SCARD_E_PCI_TOO_SMALL, "Smart card: the protocol buffer is too small."},
    {(DWORD)SCARD_E_READER_UNSUPPORTED, "The reader's driver is too old."},
    {(DWORD)SCARD_E_DUPLICATE_READER, "There is a reader of this name already."},
    {(DWORD)SCARD_E_CARD_UNSUPPORTED, "The smart card is too old."},
    {(DWORD)SCARD_E_NO_SERVICE, "The smart card service is not running."},
    {(DWORD)SCARD_E_SERVICE_STOPPED, "The smart card service has stopped."},
    {(DWORD)SCARD_E_UNEXPECTED, "The smart card gave an error that was not expected."},
    {(DWORD)SCARD_E_ICC_INSTALLATION, "There is no provider for this smart card."},
    {(DWORD)SCARD_E_ICC_CREATEORDER, "The objects of the smart card cannot be made in this order."},
    {(DWORD)SCARD_E_UNSUPPORTED_FEATURE, "The smart card does not have this feature."},
    {(DWORD)SCARD_E_DIR_NOT_FOUND, "The directory does not exist on the smart card."},
    {(DWORD)SCARD_E_FILE_NOT_FOUND, "The file does not exist on the smart card."},
    {(DWORD)SCARD_E_NO_DIR, "The path is no directory of the smart card."},
    {(DWORD)SCARD_E_NO_FILE, "The path is no file of the smart card."},
    {(DWORD)SCARD_E_NO_ACCESS, "Access to this file of the smart card is denied."},
    {(DWORD)SCARD_E_WRITE_TOO_MANY, "The smart card has too little room for the data."},
    {(DWORD)SCARD_E_BAD_SEEK, "The position in the smart card's file is wrong."},
    {(DWORD)SCARD_E_INVALID_CHV, "The PIN has a wrong length or form."},
    {(DWORD)SCARD_E_UNKNOWN_RES_MNG, "The smart card service gave an unknown error."},
    {(DWORD)SCARD_E_NO_SUCH_CERTIFICATE, "The smart card has no such certificate."},
    {(DWORD)SCARD_E_CERTIFICATE_UNAVAILABLE, "The certificate could not be read from the smart card."},
    {(DWORD)SCARD_E_NO_READERS_AVAILABLE, "There is no reader."},
    {(DWORD)SCARD_E_COMM_DATA_LOST, "The connection to the smart card lost data."},
    {(DWORD)SCARD_E_NO_KEY_CONTAINER, "The smart card has no such key container."},
    {(DWORD)SCARD_E_SERVER_TOO_BUSY, "The smart card service is too busy."},
    {(DWORD)SCARD_E_PIN_CACHE_EXPIRED, "The remembered PIN has expired."},
    {(DWORD)SCARD_E_NO_PIN_CACHE, "The PIN may not be remembered."},
    {(DWORD)SCARD_E_READ_ONLY_CARD, "The smart card cannot be written to."},
    {(DWORD)SCARD_W_UNSUPPORTED_CARD, "The reader and the smart card do not understand each other."},
    {(DWORD)SCARD_W_UNRESPONSIVE_CARD, "The smart card does not answer."},
    {(DWORD)SCARD_W_UNPOWERED_CARD, "The smart card has no power."},
    {(DWORD)SCARD_W_RESET_CARD, "The smart card was reset."},
    {(DWORD)SCARD_W_REMOVED_CARD, "The smart card was removed."},
    {(DWORD)SCARD_W_SECURITY_VIOLATION, "The smart card's security forbids this."},
    {(DWORD)SCARD_W_WRONG_CHV, "The PIN is wrong."},
    {(DWORD)SCARD_W_CHV_BLOCKED, "The PIN is locked after too many wrong attempts."},
    {(DWORD)SCARD_W_EOF, "The end of the smart card's file was reached."},
    {(DWORD)SCARD_W_CANCELLED_BY_USER, "The user cancelled the operation."},
    {(DWORD)SCARD_W_CARD_NOT_AUTHENTICATED, "No PIN was given to the smart card."},
    {(DWORD)SCARD_W_CACHE_ITEM_NOT_FOUND, "The item is not in the smart card's cache."},
    {(DWORD)SCARD_W_CACHE_ITEM_STALE, "The item in the smart card's cache is too old."},
    {(DWORD)SCARD_W_CACHE_ITEM_TOO_BIG, "The item is too big for the smart card's cache."},
};

// An HRESULT that wraps a system error has that error's text.
static const char *text_of(DWORD code) {
    if (code >> 16 == (0x8000 | FACILITY_WIN32)) code &= 0xFFFF;
    for (size_t i = 0; i < ARRAYSIZE(messages); i++)
        if (messages[i].code == code) return messages[i].text;
    return NULL;
}

static DWORD failed(DWORD code) {
    SetLastError(code);
    return 0;
}

// What both forms share: the whole message in *message, as malloc's memory, or the code of what is wrong.
static DWORD compose(DWORD flags, DWORD code, const void *buffer, char **message) {
    if (!buffer) return ERROR_INVALID_PARAMETER;
    if (!(flags & FORMAT_MESSAGE_FROM_SYSTEM)) return ERROR_CALL_NOT_IMPLEMENTED;
    const char *text = text_of(code);
    if (!text) return ERROR_MR_MID_NOT_FOUND;
    bool one_line = (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) == FORMAT_MESSAGE_MAX_WIDTH_MASK;
    *message = malloc(strlen(text) + 3);
    if (!*message) return ERROR_NOT_ENOUGH_MEMORY;
    strcat(strcpy(*message, text), one_line ? " " : "\r\n");
    return ERROR_SUCCESS;
}

// The buffer for `length` characters of `size` bytes: the caller's, or a new one whose address goes into the caller's
// pointer; NULL and an error code.
static void *destination(DWORD flags, void *buffer, DWORD room, size_t length, size_t size) {
    if (!(flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)) {
        if (length < room) return buffer;
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return NULL;
    }
    void *memory = LocalAlloc(LPTR, (room > length ? room : length + 1) * size);
    memcpy(buffer, &memory, sizeof memory);
    return memory;
}

DWORD WINAPI tokencsp_FormatMessageA(
    DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPSTR lpBuffer, DWORD nSize,
    va_list *Arguments) {
    (void)lpSource, (void)dwLanguageId, (void)Arguments;
    char *message = NULL;
    DWORD code = compose(dwFlags, dwMessageId, lpBuffer, &message);
    if (code) return failed(code);
    size_t length = strlen(message);
    char *target = destination(dwFlags, lpBuffer, nSize, length, 1);
    if (target) memcpy(target, message, length + 1);
    free(message);
    return target ? (DWORD)length : 0;
}

DWORD WINAPI tokencsp_FormatMessageW(
    DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPWSTR lpBuffer, DWORD nSize,
    va_list *Arguments) {
    (void)lpSource, (void)dwLanguageId, (void)Arguments;
    char *message = NULL;
    DWORD code = compose(dwFlags, dwMessageId, lpBuffer, &message);
    if (code) return failed(code);
    size_t length = strlen(message);
    WCHAR *target = destination(dwFlags, lpBuffer, nSize, length, sizeof *target);
    // All texts are ASCII.
    for (size_t i = 0; target && i <= length; i++) target[i] = (unsigned char)message[i];
    free(message);
    return target ? (DWORD)length : 0;
}
