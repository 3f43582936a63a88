// Cairo, with its SVG and PNG surfaces.
#ifndef ATMOS_CCAIRO_SHIM_H
#define ATMOS_CCAIRO_SHIM_H
#include <cairo.h>
#include <cairo-svg.h>
#endif
