#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/md5.h>
#include <nettle/pkcs1.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
