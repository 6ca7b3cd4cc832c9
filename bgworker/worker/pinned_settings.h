// pinned_settings.h: what postgresql.conf, ALTER DATABASE or ALTER ROLE set for sessions must not
// reach the worker.
#pragma once

namespace debrief {

inline constexpr struct {
  const char* name;
  const char* value;
  bool needs_superuser = false;
} kPinnedSettings[] = {
    {"search_path", "pg_catalog, pg_temp"},
    {"statement_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
    {"idle_session_timeout", "0"},
    {"lock_timeout", "2s"},
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_read_only", "off"},
    {"default_transaction_deferrable", "off"},
    {"synchronous_commit", "on"},
    {"session_replication_role", "origin", true},
    {"zero_damaged_pages", "off", true},
    {"row_security", "on"},
    {"check_function_bodies", "on"},
    {"DateStyle", "ISO"},
    {"IntervalStyle", "postgres"},
    {"bytea_output", "hex"},
    {"standard_conforming_strings", "on"},
    {"backslash_quote", "safe_encoding"},
    {"transform_null_equals", "off"},
    {"array_nulls", "on"},
    {"xmloption", "content"},
    {"quote_all_identifiers", "off"},
    {"plpgsql.extra_errors", "none"},
    {"plpgsql.extra_warnings", "none"},
    {"extra_float_digits", "3"},
    {"application_name", "pg_debrief"},
    // Our statements reach their rows by key, a few at a time. Plans of that shape, made once:
    // statistics of a queue that fills and empties would now and then suggest another.
    {"plan_cache_mode", "force_generic_plan"},
    {"enable_seqscan", "off"},
    {"enable_hashjoin", "off"},
    {"enable_mergejoin", "off"},
    {"jit", "off"},
};

}  // namespace debrief
