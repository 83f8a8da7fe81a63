/* What samples take from Microsoft's C library. Compiled with -DTOKENCSP_MSVC. */
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <windows.h>

static void Trace(const char *pszFormat, ...)
{
    va_list args = NULL;

    va_start(args, pszFormat);
    vprintf(pszFormat, args);
    va_end(args);
}

static int Sum(int nCount, ...)
{
    va_list args = NULL;
    int nSum = 0;

    va_start(args, nCount);
    while (nCount--)
        nSum += va_arg(args, int);
    va_end(args);
    return nSum;
}

int main(int argc, char *argv[])
{
    FILE *file = NULL;
    char text[8];

    if (argc < 2 || fopen_s(&file, argv[1], "rb"))
        return 1;
    fclose(file);
    if (!fopen_s(&file, "/nonexistent", "rb") || file)
        return 2;
    if (strcpy_s(text, sizeof(text), "12345678") == 0 || text[0] || strcpy_s(text, sizeof(text), "1234") != 0 ||
        strcat_s(text, sizeof(text), "5678") == 0 || sprintf_s(text, sizeof(text), "%d", 123) != 3 ||
        _stricmp(text, "123") || _countof(text) != 8)
        return 3;
    Trace("%s %d %.1f %d\n", "traced", 1, 2.5, Sum(8, 1, 2, 3, 4, 5, 6, 7, 8));
    return 0;
}
