// MariaDB Connector/C.
#ifndef ATMOS_CMARIADB_SHIM_H
#define ATMOS_CMARIADB_SHIM_H
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
#endif
