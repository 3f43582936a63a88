// hiredis. Only its reply reader is used, which parses plain bytes:
// RedisClient encodes the commands and has separate transports for the bytes.
#ifndef ATMOS_CHIREDIS_SHIM_H
#define ATMOS_CHIREDIS_SHIM_H
#include <hiredis/hiredis.h>
#endif
