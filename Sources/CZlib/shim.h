#ifndef ATMOS_CZLIB_SHIM_H
#define ATMOS_CZLIB_SHIM_H

#include <zlib.h>

#endif
