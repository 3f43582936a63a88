// MariaDB Connector/C, and the C that fills its parameter structures, which is safer than from Swift.
#ifndef ATMOS_CMARIADB_SHIM_H
#define ATMOS_CMARIADB_SHIM_H
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>

/// Binds the parameter of a statement that is executed for one row.
/// `value` points at the number or at the first byte; `length` is NULL for numbers. `is_null` points at 1 for NULL.
/// All pointers must remain valid during the execution.
static inline void atmos_bind_value(MYSQL_BIND *bind, enum enum_field_types type, int is_unsigned, void *value,
                                    unsigned long *length, char *is_null) {
    memset(bind, 0, sizeof *bind);
    bind->buffer_type = type;
    bind->is_unsigned = is_unsigned ? 1 : 0;
    bind->buffer = value;
    bind->length = length;
    bind->is_null = is_null;
}

/// Binds the parameter of a statement that is executed for an array of rows (`STMT_ATTR_ARRAY_SIZE`), column-wise:
/// numbers lie one after the other behind `values`; for text and bytes `values` is an array of pointers and `lengths`
/// one of lengths. `indicators` holds one `enum enum_indicator_type` for each row.
/// All pointers must remain valid during the execution.
static inline void atmos_bind_column(MYSQL_BIND *bind, enum enum_field_types type, int is_unsigned, void *values,
                                     unsigned long *lengths, char *indicators) {
    memset(bind, 0, sizeof *bind);
    bind->buffer_type = type;
    bind->is_unsigned = is_unsigned ? 1 : 0;
    bind->buffer = values;
    bind->length = lengths;
    bind->u.indicator = indicators;
}

/// Binds a column of a result to memory that every fetched row is written to.
/// `length` receives the value's whole length, even if it exceeds `capacity`.
static inline void atmos_bind_result(MYSQL_BIND *bind, enum enum_field_types type, int is_unsigned, void *buffer,
                                     unsigned long capacity, unsigned long *length, char *is_null, char *truncated) {
    memset(bind, 0, sizeof *bind);
    bind->buffer_type = type;
    bind->is_unsigned = is_unsigned ? 1 : 0;
    bind->buffer = buffer;
    bind->buffer_length = capacity;
    bind->length = length;
    bind->is_null = is_null;
    bind->error = truncated;
}
#endif
