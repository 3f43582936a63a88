// hiredis: its reply reader works on plain bytes, so only that is used;
// the bytes travel over a transport of RedisClient's own, which also encodes the commands.
#ifndef ATMOS_CHIREDIS_SHIM_H
#define ATMOS_CHIREDIS_SHIM_H
#include <hiredis/hiredis.h>
#endif
