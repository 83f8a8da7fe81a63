// Makes a container with a signature key, signs a file into another, verifies, and removes the container.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>
#include <WINDOWS.H>
#include <tchar.h>
#include <WinCrypt.h>

namespace
{
    class Error
    {
    public:
        explicit Error(const char *where) : m_where(where), m_code(::GetLastError()) {}
        std::string Text() const
        {
            char text[256] = "unknown\r\n";
            ::FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, m_code, 0, text,
                             sizeof(text), NULL);
            return std::string(m_where) + ": " + text;
        }

    private:
        const char *m_where;
        DWORD m_code;
    };

    std::vector<BYTE> ReadAll(LPCTSTR name)
    {
        HANDLE file = ::CreateFile(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE) throw Error("CreateFile");
        DWORD size = ::GetFileSize(file, NULL), read = 0;
        std::vector<BYTE> data(size);
        BOOL done = ::ReadFile(file, data.data(), size, &read, NULL);
        ::CloseHandle(file);
        if (!done || read != size) throw Error("ReadFile");
        return data;
    }

    void WriteAll(LPCTSTR name, const std::vector<BYTE> &data)
    {
        DWORD written = 0;
        HANDLE file = ::CreateFile(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE) throw Error("CreateFile");
        BOOL done = ::WriteFile(file, data.data(), static_cast<DWORD>(data.size()), &written, NULL);
        ::CloseHandle(file);
        if (!done) throw Error("WriteFile");
    }

    HCRYPTHASH Hash(HCRYPTPROV provider, const std::vector<BYTE> &data)
    {
        HCRYPTHASH hash = 0;
        if (!::CryptCreateHash(provider, CALG_SHA1, 0, 0, &hash)) throw Error("CryptCreateHash");
        if (!::CryptHashData(hash, data.data(), static_cast<DWORD>(data.size()), 0)) throw Error("CryptHashData");
        return hash;
    }
}

int _tmain(int argc, TCHAR *argv[], TCHAR *envp[])
{
    UNREFERENCED_PARAMETER(envp);
    if (argc != 3) return 2;
    const TCHAR container[] = TEXT("headers sample");
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    HCRYPTHASH hash = 0;
    int status = 1;
    try
    {
        if (!::CryptAcquireContext(&provider, container, NULL, PROV_RSA_FULL, 0))
        {
            if (::GetLastError() != static_cast<DWORD>(NTE_BAD_KEYSET)) throw Error("CryptAcquireContext");
            if (!::CryptAcquireContext(&provider, container, NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET))
                throw Error("CRYPT_NEWKEYSET");
        }
        if (!::CryptGetUserKey(provider, AT_SIGNATURE, &key) &&
            !::CryptGenKey(provider, AT_SIGNATURE, 1024 << 16, &key))
            throw Error("CryptGenKey");
        std::vector<BYTE> data = ReadAll(argv[1]);
        hash = Hash(provider, data);
        DWORD size = 0;
        if (!::CryptSignHash(hash, AT_SIGNATURE, NULL, 0, NULL, &size)) throw Error("CryptSignHash");
        std::vector<BYTE> signature(size);
        if (!::CryptSignHash(hash, AT_SIGNATURE, NULL, 0, signature.data(), &size)) throw Error("CryptSignHash");
        ::CryptDestroyHash(hash);
        WriteAll(argv[2], signature);

        signature = ReadAll(argv[2]);
        hash = Hash(provider, data);
        if (!::CryptVerifySignature(hash, signature.data(), size, key, NULL, 0)) throw Error("CryptVerifySignature");
        std::cout << "signed " << data.size() << " bytes with " << std::max<size_t>(size, 1) * 8 << " bits\n";
        status = 0;
    }
    catch (const Error &error)
    {
        std::cout << error.Text() << std::endl;
    }
    if (hash) ::CryptDestroyHash(hash);
    if (key) ::CryptDestroyKey(key);
    if (provider) ::CryptReleaseContext(provider, 0);
    ::CryptAcquireContext(&provider, container, NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET);
    return status;
}
