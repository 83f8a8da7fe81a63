// __try, __leave and __finally in C++, and a wmain without parameters.
#include <iostream>
#include <string>
#include <windows.h>
#include <tchar.h>
#include <vector>

static std::vector<std::string> Steps(bool leave)
{
    std::vector<std::string> steps;
    __try
    {
        for (int i = 0; i < 3; i++)
        {
            __try
            {
                if (leave && i == 1)
                    __leave;
                steps.push_back("in");
            }
            __finally
            {
                steps.push_back("inner");
            }
        }
    }
    __finally
    {
        steps.push_back("outer");
    }
    return steps;
}

int wmain()
{
    std::cout << Steps(false).size() << " " << Steps(true).size() << std::endl;
    return 3;
}
