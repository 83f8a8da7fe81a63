#include "strsafe.h" /* the same in another case: Windows programs are careless about it */
