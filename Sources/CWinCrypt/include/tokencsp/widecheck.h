/* Where wchar_t has 4 bytes, a W function given L"…" must not compile: C compilers before gcc 14 would only warn. Each W
 * function becomes a macro of its name that looks at the types of its string arguments and says what to do. */
#ifndef TOKENCSP_WIDECHECK_H
#define TOKENCSP_WIDECHECK_H

#if !defined __swift__ && __SIZEOF_WCHAR_T__ != 2

#define TOKENCSP_WIDE_ADVICE "WCHAR has 2 bytes, wchar_t has 4: compile with -fshort-wchar, or use TEXT() or u\"...\""

#ifdef __cplusplus
#include <type_traits>
template <class T> struct tokencsp_wide_argument {
    typedef typename std::remove_pointer<typename std::decay<T>::type>::type unit;
    static_assert(!std::is_same<typename std::remove_cv<unit>::type, wchar_t>::value, TOKENCSP_WIDE_ADVICE);
    enum { checked };
};
#define TOKENCSP_CHECK_WIDE(s) ((void)tokencsp_wide_argument<decltype(s)>::checked)
#else
#define TOKENCSP_CHECK_WIDE(s) \
    ((void)sizeof(struct { \
        _Static_assert(!_Generic((s), wchar_t *: 1, const wchar_t *: 1, default: 0), TOKENCSP_WIDE_ADVICE); \
        int checked; \
    }))
#endif

/* The check stands beside an integer argument, so that a NULL among the others stays a null pointer constant. */
#define TOKENCSP_CHECKED(s, integer) (TOKENCSP_CHECK_WIDE(s), (integer))
#define TOKENCSP_CHECKED2(s, t, integer) (TOKENCSP_CHECK_WIDE(s), TOKENCSP_CHECK_WIDE(t), (integer))

#define CryptAcquireContextW(prov, container, provider, type, flags) \
    CryptAcquireContextW(prov, container, provider, TOKENCSP_CHECKED2(container, provider, type), flags)
#define CryptEnumProvidersW(index, reserved, flags, type, name, size) \
    CryptEnumProvidersW(TOKENCSP_CHECKED(name, index), reserved, flags, type, name, size)
#define CryptEnumProviderTypesW(index, reserved, flags, type, name, size) \
    CryptEnumProviderTypesW(TOKENCSP_CHECKED(name, index), reserved, flags, type, name, size)
#define CryptGetDefaultProviderW(type, reserved, flags, name, size) \
    CryptGetDefaultProviderW(TOKENCSP_CHECKED(name, type), reserved, flags, name, size)
#define CryptSetProviderW(name, type) CryptSetProviderW(name, TOKENCSP_CHECKED(name, type))
#define CryptSetProviderExW(name, type, reserved, flags) \
    CryptSetProviderExW(name, TOKENCSP_CHECKED(name, type), reserved, flags)
#define CryptSignHashW(hash, spec, description, flags, signature, size) \
    CryptSignHashW(hash, TOKENCSP_CHECKED(description, spec), description, flags, signature, size)
#define CryptVerifySignatureW(hash, signature, size, key, description, flags) \
    CryptVerifySignatureW(hash, signature, TOKENCSP_CHECKED(description, size), key, description, flags)

#if TOKENCSP_HELPERS
#undef CreateFileW
#define CreateFileW(path, access, share, security, creation, flags, like) \
    tokencsp_CreateFileW(path, TOKENCSP_CHECKED(path, access), share, security, creation, flags, like)
#endif

/* Variables too: LPCWSTR s = L"…" is a warning in C to gcc 12. A program that is compiled for UNICODE without
 * -fshort-wchar has it as an error, as from gcc 14 on. */
#if defined UNICODE && defined __GNUC__ && !defined __cplusplus
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#endif

#endif
#endif
