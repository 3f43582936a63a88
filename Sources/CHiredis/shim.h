// hiredis: its command formatter and its reply reader work on plain bytes, so only those two are used;
// the bytes travel over a transport of RedisClient's own.
#ifndef ATMOS_CHIREDIS_SHIM_H
#define ATMOS_CHIREDIS_SHIM_H
#include <hiredis/hiredis.h>
#endif
