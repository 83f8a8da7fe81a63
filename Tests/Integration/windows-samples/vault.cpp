// vault.cpp: keeps a file secret and safe from changes under a password: encrypted with AES, then authenticated with HMAC.
//
// usage: vault seal|open source destination password
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>
#include <windows.h>
#include <WinCrypt.h>
#include <tchar.h>

namespace
{
    typedef std::vector<BYTE> Bytes;

    const DWORD VectorSize = 16;
    const DWORD TagSize = 32;

    class CryptError : public std::runtime_error
    {
    public:
        explicit CryptError(const char *what, DWORD code = ::GetLastError()) : std::runtime_error(what), m_code(code) {}
        DWORD Code() const { return m_code; }

    private:
        DWORD m_code;
    };

    inline void Check(BOOL succeeded, const char *what)
    {
        if (!succeeded) throw CryptError(what);
    }

    template <typename Handle, BOOL(WINAPI *Close)(Handle)>
    class Scoped
    {
    public:
        Scoped() : m_handle() {}
        ~Scoped()
        {
            if (m_handle) Close(m_handle);
        }
        Scoped(const Scoped &) = delete;
        Scoped &operator=(const Scoped &) = delete;
        Handle *operator&() { return &m_handle; }
        operator Handle() const { return m_handle; }

    private:
        Handle m_handle;
    };

    BOOL WINAPI ReleaseProvider(HCRYPTPROV provider) { return ::CryptReleaseContext(provider, 0); }

    typedef Scoped<HCRYPTPROV, ReleaseProvider> Provider;
    typedef Scoped<HCRYPTKEY, ::CryptDestroyKey> Key;
    typedef Scoped<HCRYPTHASH, ::CryptDestroyHash> Hash;

    class File
    {
    public:
        File(LPCTSTR name, DWORD access, DWORD disposition)
            : m_file(::CreateFile(name, access, 0, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL))
        {
            Check(m_file != INVALID_HANDLE_VALUE, "CreateFile");
        }
        ~File() { ::CloseHandle(m_file); }
        Bytes Read()
        {
            DWORD read = 0;
            Bytes bytes(::GetFileSize(m_file, NULL));
            Check(::ReadFile(m_file, bytes.data(), static_cast<DWORD>(bytes.size()), &read, NULL) && read == bytes.size(), "ReadFile");
            return bytes;
        }
        void Write(const Bytes &bytes)
        {
            DWORD written = 0;
            Check(::WriteFile(m_file, bytes.data(), static_cast<DWORD>(bytes.size()), &written, NULL), "WriteFile");
        }

    private:
        HANDLE m_file;
    };

    class Vault
    {
    public:
        explicit Vault(LPCTSTR password)
        {
            Check(::CryptAcquireContext(&m_provider, NULL, MS_ENH_RSA_AES_PROV, PROV_RSA_AES, CRYPT_VERIFYCONTEXT), "CryptAcquireContext");
            Hash hash;
            Check(::CryptCreateHash(m_provider, CALG_SHA_512, 0, 0, &hash), "CryptCreateHash");
            Check(::CryptHashData(hash, reinterpret_cast<const BYTE *>(password), ::lstrlen(password) * sizeof(TCHAR), 0), "CryptHashData");
            Bytes secret(64);
            DWORD size = static_cast<DWORD>(secret.size());
            Check(::CryptGetHashParam(hash, HP_HASHVAL, secret.data(), &size, 0), "HP_HASHVAL");
            Import(CALG_AES_256, secret.data(), 0, m_cipher);
            Import(CALG_RC2, secret.data() + 32, CRYPT_IPSEC_HMAC_KEY, m_authenticator);
            ::SecureZeroMemory(secret.data(), secret.size());
        }

        Bytes Seal(Bytes data)
        {
            Bytes vector(VectorSize);
            Check(::CryptGenRandom(m_provider, VectorSize, vector.data()), "CryptGenRandom");
            Check(::CryptSetKeyParam(m_cipher, KP_IV, vector.data(), 0), "KP_IV");
            DWORD size = static_cast<DWORD>(data.size());
            data.resize(data.size() + VectorSize);
            Check(::CryptEncrypt(m_cipher, 0, TRUE, 0, data.data(), &size, static_cast<DWORD>(data.size())), "CryptEncrypt");
            data.resize(size);
            data.insert(data.begin(), vector.begin(), vector.end());
            const Bytes tag = Tag(data.data(), data.size());
            data.insert(data.end(), tag.begin(), tag.end());
            return data;
        }

        Bytes Open(Bytes data)
        {
            if (data.size() < VectorSize + TagSize) throw CryptError("too short", static_cast<DWORD>(NTE_BAD_LEN));
            const size_t end = data.size() - TagSize;
            if (Tag(data.data(), end) != Bytes(data.begin() + end, data.end()))
                throw CryptError("tampered with", static_cast<DWORD>(NTE_BAD_SIGNATURE));
            Check(::CryptSetKeyParam(m_cipher, KP_IV, data.data(), 0), "KP_IV");
            Bytes plain(data.begin() + VectorSize, data.begin() + end);
            DWORD size = static_cast<DWORD>(plain.size());
            Check(::CryptDecrypt(m_cipher, 0, TRUE, 0, plain.data(), &size), "CryptDecrypt");
            plain.resize(size);
            return plain;
        }

    private:
        void Import(ALG_ID algorithm, const BYTE *value, DWORD flags, Key &key)
        {
            struct
            {
                BLOBHEADER header;
                DWORD size;
                BYTE value[32];
            } blob = {};
            blob.header.bType = PLAINTEXTKEYBLOB;
            blob.header.bVersion = CUR_BLOB_VERSION;
            blob.header.aiKeyAlg = algorithm;
            blob.size = sizeof(blob.value);
            ::CopyMemory(blob.value, value, sizeof(blob.value));
            Check(::CryptImportKey(m_provider, reinterpret_cast<BYTE *>(&blob), sizeof(blob), 0, flags, &key), "CryptImportKey");
            ::SecureZeroMemory(&blob, sizeof(blob));
        }

        Bytes Tag(const BYTE *data, size_t count)
        {
            Hash hash;
            HMAC_INFO info = {};
            info.HashAlgid = CALG_SHA_256;
            Check(::CryptCreateHash(m_provider, CALG_HMAC, m_authenticator, 0, &hash), "CryptCreateHash");
            Check(::CryptSetHashParam(hash, HP_HMAC_INFO, reinterpret_cast<BYTE *>(&info), 0), "HP_HMAC_INFO");
            Check(::CryptHashData(hash, data, static_cast<DWORD>(count), 0), "CryptHashData");
            Bytes tag(TagSize);
            DWORD size = TagSize;
            Check(::CryptGetHashParam(hash, HP_HASHVAL, tag.data(), &size, 0), "HP_HASHVAL");
            return tag;
        }

        // The provider goes last.
        Provider m_provider;
        Key m_cipher;
        Key m_authenticator;
    };
}

int _tmain(int argc, TCHAR *argv[])
{
    if (argc != 5)
    {
        std::cerr << "usage: vault seal|open source destination password" << std::endl;
        return 2;
    }
    try
    {
        Vault vault(argv[4]);
        File source(argv[2], GENERIC_READ, OPEN_EXISTING);
        const Bytes data = source.Read();
        const bool seals = _tcscmp(argv[1], TEXT("seal")) == 0;
        const Bytes result = seals ? vault.Seal(data) : vault.Open(data);
        File(argv[3], GENERIC_WRITE, CREATE_ALWAYS).Write(result);
        std::cout << (seals ? "sealed " : "opened ") << result.size() << " bytes" << std::endl;
        return 0;
    }
    catch (const CryptError &error)
    {
        std::printf("%s: %08x\n", error.what(), static_cast<unsigned>(error.Code()));
        return 1;
    }
}
