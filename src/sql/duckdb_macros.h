/* The macros that translated queries call: statements for DuckDB, to run once on a database, in
 * this order. Names with dbx_ stand for Databricks functions that DuckDB has with another meaning
 * (rewrite_calls.c puts them in); the others are functions that it lacks.
 *
 * Session variables that they read, set by the engine with SET VARIABLE: dbx_user, dbx_catalog,
 * dbx_schema (VARCHAR), dbx_groups (VARCHAR[]). The session's TimeZone must be UTC. */
#pragma once

static const char *const sql_duckdb_macros[] = {
    "CREATE OR REPLACE MACRO dbx_try(x) AS x",
    "CREATE OR REPLACE MACRO dbx_whole_or_null(x) AS CASE WHEN regexp_full_match(trim(x), "
    "'[+-]?[0-9]+') THEN trim(x) END",
    "CREATE OR REPLACE MACRO dbx_whole(x) AS CASE WHEN x IS NULL THEN NULL ELSE "
    "coalesce(dbx_whole_or_null(x), error('[CAST_INVALID_INPUT] The value ''' || x || ''' of the "
    "type \"STRING\" cannot be cast to a whole number because it is malformed. Correct the value "
    "as per the syntax, or change its target type. Use `try_cast` to tolerate malformed input and "
    "return NULL instead.')) END",
    "CREATE OR REPLACE MACRO dbx_exploded(x) AS x",
    "CREATE OR REPLACE MACRO \"/\"(a, b) AS dbx_divide(a, b)",
    "CREATE OR REPLACE MACRO \"//\"(a, b) AS dbx_int_divide(a, b)",
    "CREATE OR REPLACE MACRO \"%\"(a, b) AS dbx_mod(a, b)",
    "CREATE OR REPLACE MACRO dbx_mod_decimal(a, b) AS CASE WHEN a IS NULL THEN NULL WHEN b = 0 THEN "
    "error('[REMAINDER_BY_ZERO] Remainder by zero. Use `try_mod` to tolerate divisor being 0 and "
    "return NULL instead.') ELSE system.main.\"%\"(a, b) END",
    "CREATE OR REPLACE MACRO dbx_array_at(x, i) AS CASE WHEN i < 0 OR i >= len(x) THEN "
    "error('[INVALID_ARRAY_INDEX] The index ' || i || ' is out of bounds. The array has ' || "
    "len(x) || ' elements. Use the SQL function `get()` to tolerate accessing element at invalid "
    "index and return NULL instead.') ELSE list_extract(x, i + 1) END",
    "CREATE OR REPLACE MACRO dbx_list_at(x, i) AS CASE WHEN i = 0 THEN "
    "error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index shall be either < 0 or > 0 (the "
    "first element has index 1).') WHEN abs(i) > len(x) THEN "
    "error('[INVALID_ARRAY_INDEX_IN_ELEMENT_AT] The index ' || i || ' is out of bounds. The array "
    "has ' || len(x) || ' elements. Use `try_element_at` to tolerate accessing element at invalid "
    "index and return NULL instead.') ELSE list_extract(x, i) END",
    "CREATE OR REPLACE MACRO dbx_get(x, i) AS CASE WHEN i < 0 THEN NULL ELSE list_extract(x, i + 1) "
    "END",
    "CREATE OR REPLACE MACRO dbx_size(x) AS CASE json_type(to_json(x)) WHEN 'ARRAY' THEN "
    "json_array_length(to_json(x)) WHEN 'OBJECT' THEN len(json_keys(to_json(x))) END::INTEGER",
    "CREATE OR REPLACE MACRO dbx_array_size(x) AS len(x)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_element_at(x, k) AS x[k]",
    "CREATE OR REPLACE MACRO dbx_flatten(x) AS flatten(x)",
    "CREATE OR REPLACE MACRO dbx_array_join(x, d) AS array_to_string(list_filter(x, lambda e:"
    " e IS NOT NULL), d), (x, d, n) AS array_to_string(list_transform(x, lambda e: "
    "coalesce(e::VARCHAR, n)), d)",
    "CREATE OR REPLACE MACRO dbx_array_position(x, e) AS CASE WHEN x IS NULL OR e IS NULL "
    "THEN NULL ELSE coalesce(list_position(x, e), 0)::BIGINT END",
    "CREATE OR REPLACE MACRO dbx_slice(x, s, n) AS list_slice(x, s, CASE WHEN s < 0 THEN "
    "len(x) + s + n ELSE s + n - 1 END)",
    "CREATE OR REPLACE MACRO dbx_sequence(a INTEGER, b INTEGER) AS CASE WHEN a <= b THEN "
    "generate_series(a, b) ELSE generate_series(a, b, -1) END::INTEGER[], (a BIGINT, b BIGINT) AS CASE "
    "WHEN a <= b THEN generate_series(a, b) ELSE generate_series(a, b, -1) END, (a DATE, b DATE) AS "
    "generate_series(a, b, CASE WHEN a <= b THEN to_days(1) ELSE to_days(-1) END)::DATE[], (a INTEGER, b "
    "INTEGER, s INTEGER) AS generate_series(a, b, s)::INTEGER[], (a BIGINT, b BIGINT, s BIGINT) AS "
    "generate_series(a, b, s), (a DATE, b DATE, s INTERVAL) AS generate_series(a, b, s)::DATE[], (a "
    "TIMESTAMP, b TIMESTAMP, s INTERVAL) AS generate_series(a, b, s), (a TIMESTAMPTZ, b TIMESTAMPTZ, s "
    "INTERVAL) AS generate_series(a, b, s)",
    "CREATE OR REPLACE MACRO dbx_any(x) AS len(list_filter(x, lambda e: TRUE)) > 0",
    "CREATE OR REPLACE MACRO dbx_all(x) AS coalesce(list_aggregate(x, 'bool_and'), TRUE)",
    "CREATE OR REPLACE MACRO dbx_ordinals(x) AS unnest(range(len(x)))::INTEGER",
    "CREATE OR REPLACE MACRO array_repeat(e, n) AS list_transform(range(n), lambda i: e)",
    "CREATE OR REPLACE MACRO map_contains_key(x, k) AS list_contains(map_keys(x), k)",
    "CREATE OR REPLACE MACRO dbx_substring(s, p) AS substring(s::VARCHAR, CASE WHEN p = 0 "
    "THEN 1 WHEN p < -length(s::VARCHAR) THEN 1 ELSE p END), (s, p, n) AS CASE WHEN n <= 0 "
    "THEN '' WHEN p < -length(s::VARCHAR) THEN substring(s::VARCHAR, 1, greatest(0, n + p + "
    "length(s::VARCHAR))) ELSE substring(s::VARCHAR, CASE WHEN p = 0 THEN 1 ELSE p END, n) "
    "END",
    "CREATE OR REPLACE MACRO dbx_substring_index(s, d, n) AS CASE WHEN n > 0 THEN "
    "array_to_string(list_slice(string_split(s, d), 1, n), d) WHEN n < 0 THEN "
    "array_to_string(list_slice(string_split(s, d), n, -1), d) ELSE '' END",
    "CREATE OR REPLACE MACRO dbx_split_part(s, d, n) AS split_part(s, d, n)",
    "CREATE OR REPLACE MACRO dbx_lpad(s, n) AS lpad(s::VARCHAR, n::INTEGER, ' '), (s, n, p) "
    "AS lpad(s::VARCHAR, n::INTEGER, p)",
    "CREATE OR REPLACE MACRO dbx_rpad(s, n) AS rpad(s::VARCHAR, n::INTEGER, ' '), (s, n, p) "
    "AS rpad(s::VARCHAR, n::INTEGER, p)",
    "CREATE OR REPLACE MACRO dbx_initcap(s) AS array_to_string(list_transform(string_split(s,"
    " ' '), lambda w: upper(substring(w, 1, 1)) || lower(substring(w, 2))), ' ')",
    "CREATE OR REPLACE MACRO dbx_base64(x) AS to_base64(x::BLOB)",
    "CREATE OR REPLACE MACRO dbx_unbase64(x) AS from_base64(x)",
    "CREATE OR REPLACE MACRO dbx_hex(x) AS hex(x)",
    "CREATE OR REPLACE MACRO dbx_md5(x) AS md5(x)",
    "CREATE OR REPLACE MACRO dbx_sha1(x) AS sha1(x)",
    "CREATE OR REPLACE MACRO dbx_sha2(x, n) AS CASE WHEN n IN (0, 256) THEN sha256(x) ELSE "
    "error('[UNSUPPORTED_FEATURE] sha2 is supported with 256 bits only here.') END",
    "CREATE OR REPLACE MACRO dbx_format_number(x, d) AS format('{:,.' || d::VARCHAR || 'f}', "
    "x::DOUBLE)",
    "CREATE OR REPLACE MACRO dbx_find_in_set(s, l) AS coalesce(list_position(string_split(l, "
    "','), s), 0)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_isnull(x) AS x IS NULL",
    "CREATE OR REPLACE MACRO dbx_isnotnull(x) AS x IS NOT NULL",
    "CREATE OR REPLACE MACRO dbx_regexp_extract(s, p) AS regexp_extract(s, p, 1), (s, p, i) "
    "AS regexp_extract(s, p, i)",
    "CREATE OR REPLACE MACRO dbx_regexp_extract_all(s, p) AS regexp_extract_all(s, p, 1), (s,"
    " p, i) AS regexp_extract_all(s, p, i)",
    "CREATE OR REPLACE MACRO dbx_regexp_replace(s, p, r) AS regexp_replace(s, p, "
    "regexp_replace(replace(r, chr(92), chr(92) || chr(92)), '[$](\\d)', chr(92) || chr(92) ||"
    " '\\1', 'g'), 'g')",
    "CREATE OR REPLACE MACRO dbx_regexp_count(s, p) AS len(regexp_extract_all(s, p))::INTEGER",
    "CREATE OR REPLACE MACRO dbx_date_format(t, f) AS error('The format of a date must be a "
    "constant, and in letters that clxs knows')::VARCHAR",
    "CREATE OR REPLACE MACRO dbx_to_date(s) AS s::TIMESTAMP::DATE, (s, f) AS error('The "
    "format of a date must be a constant, and in letters that clxs knows')::DATE",
    "CREATE OR REPLACE MACRO dbx_to_timestamp(s) AS s::TIMESTAMPTZ, (s, f) AS error('The "
    "format of a date must be a constant, and in letters that clxs knows')::TIMESTAMPTZ",
    "CREATE OR REPLACE MACRO dbx_try_to_timestamp(s) AS TRY_CAST(s AS TIMESTAMPTZ), (s, f) AS"
    " error('The format of a date must be a constant, and in letters that clxs "
    "knows')::TIMESTAMPTZ",
    "CREATE OR REPLACE MACRO dbx_unix_timestamp() AS floor(epoch(now()))::BIGINT, (t) AS "
    "floor(epoch(t::TIMESTAMPTZ))::BIGINT, (t, f) AS error('The format of a date must be a "
    "constant, and in letters that clxs knows')::BIGINT",
    "CREATE OR REPLACE MACRO dbx_from_unixtime(n) AS strftime(make_timestamp(n::BIGINT * "
    "1000000), '%Y-%m-%d %H:%M:%S'), (n, f) AS error('The format of a date must be a "
    "constant, and in letters that clxs knows')::VARCHAR",
    "CREATE OR REPLACE MACRO dbx_timestamp_seconds(n) AS make_timestamptz((n * "
    "1000000)::BIGINT)",
    "CREATE OR REPLACE MACRO dbx_timestamp_millis(n) AS make_timestamptz((n * 1000)::BIGINT)",
    "CREATE OR REPLACE MACRO dbx_timestamp_micros(n) AS make_timestamptz(n::BIGINT)",
    "CREATE OR REPLACE MACRO dbx_unix_seconds(t) AS floor(epoch(t::TIMESTAMPTZ))::BIGINT",
    "CREATE OR REPLACE MACRO dbx_unix_millis(t) AS epoch_ms(t::TIMESTAMPTZ)",
    "CREATE OR REPLACE MACRO dbx_unix_micros(t) AS epoch_us(t::TIMESTAMPTZ)",
    "CREATE OR REPLACE MACRO dbx_unix_date(d) AS (d::DATE - DATE '1970-01-01')::INTEGER",
    "CREATE OR REPLACE MACRO dbx_date_from_unix_date(n) AS (DATE '1970-01-01' + n::INTEGER)",
    "CREATE OR REPLACE MACRO dbx_date_add(d, n) AS (d::TIMESTAMP::DATE + n::INTEGER)",
    "CREATE OR REPLACE MACRO dbx_date_sub(d, n) AS (d::TIMESTAMP::DATE - n::INTEGER)",
    "CREATE OR REPLACE MACRO dbx_datediff(a, b) AS (a::TIMESTAMP::DATE - "
    "b::TIMESTAMP::DATE)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_add_months(d, n) AS (d::TIMESTAMP::DATE + "
    "to_months(n::INTEGER))::DATE",
    "CREATE OR REPLACE MACRO dbx_last_day(d) AS last_day(d::TIMESTAMP::DATE)",
    "CREATE OR REPLACE MACRO dbx_months_between(a, b) AS CASE WHEN day(a::TIMESTAMP) = "
    "day(b::TIMESTAMP) OR (a::TIMESTAMP::DATE = last_day(a::TIMESTAMP::DATE) AND "
    "b::TIMESTAMP::DATE = last_day(b::TIMESTAMP::DATE)) THEN ((year(a::TIMESTAMP) - "
    "year(b::TIMESTAMP)) * 12 + month(a::TIMESTAMP) - month(b::TIMESTAMP))::DOUBLE ELSE "
    "round((year(a::TIMESTAMP) - year(b::TIMESTAMP)) * 12 + month(a::TIMESTAMP) - "
    "month(b::TIMESTAMP) + (day(a::TIMESTAMP) - day(b::TIMESTAMP) + (epoch(a::TIMESTAMP) % "
    "86400 - epoch(b::TIMESTAMP) % 86400) / 86400.0) / 31.0, 8) END",
    "CREATE OR REPLACE MACRO dbx_make_date(y, m, d) AS make_date(y::BIGINT, m::BIGINT, "
    "d::BIGINT)",
    "CREATE OR REPLACE MACRO dbx_make_timestamp(y, m, d, h, n, s) AS "
    "make_timestamptz(y::BIGINT, m::BIGINT, d::BIGINT, h::BIGINT, n::BIGINT, s::DOUBLE)",
    "CREATE OR REPLACE MACRO dbx_year(t) AS year(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_month(t) AS month(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_day(t) AS day(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_quarter(t) AS quarter(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_dayofyear(t) AS dayofyear(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_hour(t) AS hour(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_minute(t) AS minute(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_second(t) AS second(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_weekofyear(t) AS weekofyear(t::TIMESTAMP)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_dayofweek(t) AS (dayofweek(t::TIMESTAMP) + 1)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_weekday(t) AS (isodow(t::TIMESTAMP) - 1)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_date_trunc(u, t) AS date_trunc(lower(u), "
    "t::TIMESTAMP)::TIMESTAMPTZ",
    "CREATE OR REPLACE MACRO dbx_trunc(d, u) AS date_trunc(CASE upper(u) WHEN 'MM' THEN "
    "'month' WHEN 'MON' THEN 'month' WHEN 'YYYY' THEN 'year' WHEN 'YY' THEN 'year' ELSE "
    "lower(u) END, d::TIMESTAMP)::DATE",
    "CREATE OR REPLACE MACRO dbx_ceil(x) AS ceil(x)::BIGINT",
    "CREATE OR REPLACE MACRO dbx_floor(x) AS floor(x)::BIGINT",
    "CREATE OR REPLACE MACRO dbx_bround(x) AS round_even(x, 0), (x, d) AS round_even(x, d)",
    "CREATE OR REPLACE MACRO dbx_log2(x) AS log2(x)",
    "CREATE OR REPLACE MACRO dbx_pmod(a, b) AS ((a % b) + b) % b",
    "CREATE OR REPLACE MACRO dbx_rand() AS random(), (seed) AS random()",
    "CREATE OR REPLACE MACRO dbx_try_divide(a, b) AS CASE WHEN b = 0 THEN NULL ELSE a / b END",
    "CREATE OR REPLACE MACRO try_add(a, b) AS TRY(a + b)",
    "CREATE OR REPLACE MACRO try_subtract(a, b) AS TRY(a - b)",
    "CREATE OR REPLACE MACRO try_multiply(a, b) AS TRY(a * b)",
    "CREATE OR REPLACE MACRO shiftleft(a, n) AS (a << n)",
    "CREATE OR REPLACE MACRO shiftright(a, n) AS (a >> n)",
    "CREATE OR REPLACE MACRO signum(x) AS sign(x)::DOUBLE",
    "CREATE OR REPLACE MACRO negative(x) AS -x",
    "CREATE OR REPLACE MACRO positive(x) AS x",
    "CREATE OR REPLACE MACRO e() AS exp(1.0::DOUBLE)",
    "CREATE OR REPLACE MACRO rint(x) AS round_even(x, 0)",
    "CREATE OR REPLACE MACRO hypot(a, b) AS sqrt(a * a + b * b)",
    "CREATE OR REPLACE MACRO raise_error(m) AS error(m)",
    "CREATE OR REPLACE MACRO assert_true(x) AS CASE WHEN x THEN NULL ELSE error('assertion "
    "failed') END, (x, m) AS CASE WHEN x THEN NULL ELSE error(m) END",
    "CREATE OR REPLACE MACRO monotonically_increasing_id() AS (row_number() OVER () - "
    "1)::BIGINT",
    "CREATE OR REPLACE MACRO dbx_get_json_object(j, p) AS json_extract_string(j::JSON, p)",
    "CREATE OR REPLACE MACRO dbx_to_json(x) AS to_json(x)::VARCHAR",
    "CREATE OR REPLACE MACRO dbx_json_array_length(j) AS json_array_length(j::JSON)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_current_user() AS coalesce(getvariable('dbx_user'), "
    "'unknown')::VARCHAR",
    "CREATE OR REPLACE MACRO dbx_current_catalog() AS coalesce(getvariable('dbx_catalog'), "
    "'main')::VARCHAR",
    "CREATE OR REPLACE MACRO dbx_current_schema() AS coalesce(getvariable('dbx_schema'), "
    "'default')::VARCHAR",
    "CREATE OR REPLACE MACRO is_member(g) AS "
    "coalesce(list_contains(getvariable('dbx_groups')::VARCHAR[], g), FALSE)",
    "CREATE OR REPLACE MACRO is_account_group_member(g) AS "
    "coalesce(list_contains(getvariable('dbx_groups')::VARCHAR[], g), FALSE)",
    "CREATE OR REPLACE MACRO dbx_try_to_date(s) AS TRY_CAST(s AS TIMESTAMP)::DATE, (s, f) AS "
    "error('The format of a date must be a constant, and in letters that clxs knows')::DATE",
    "CREATE OR REPLACE MACRO dbx_from_epoch(n) AS make_timestamp(n::BIGINT * 1000000)",
    "CREATE OR REPLACE MACRO array_distinct(x) AS list_filter(x, lambda e, i: list_position(x, e) = i)",
    "CREATE OR REPLACE MACRO array_union(a, b) AS list_filter(list_concat(a, b), lambda e, i: "
    "list_position(list_concat(a, b), e) = i)",
    "CREATE OR REPLACE MACRO array_intersect(a, b) AS list_filter(a, lambda e, i: list_position(a, e) "
    "= i AND list_position(b, e) IS NOT NULL)",
    "CREATE OR REPLACE MACRO array_except(a, b) AS list_filter(a, lambda e, i: list_position(a, e) = i "
    "AND list_position(b, e) IS NULL)",
    "CREATE OR REPLACE MACRO dbx_array_remove(x, v) AS CASE WHEN v IS NULL THEN NULL ELSE "
    "list_filter(x, lambda e: e IS DISTINCT FROM v) END",
    "CREATE OR REPLACE MACRO array_compact(x) AS list_filter(x, lambda e: e IS NOT NULL)",
    "CREATE OR REPLACE MACRO array_insert(x, p, v) AS CASE WHEN p = 0 THEN "
    "error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid.') WHEN p > 0 THEN "
    "list_concat(list_concat(list_resize(list_slice(x, 1, p - 1), p - 1), [v]), list_slice(x, p, "
    "len(x))) ELSE error('[UNSUPPORTED_FEATURE] array_insert counts from the front only here.') END",
    "CREATE OR REPLACE MACRO dbx_try_element_at(x, k) AS x[k]",
    "CREATE OR REPLACE MACRO dbx_index(i) AS i",
    "CREATE OR REPLACE MACRO btrim(s) AS trim(s), (s, c) AS trim(s, c)",
    "CREATE OR REPLACE MACRO dbx_arrays_zip(a, b) AS list_transform(list_zip(a, b), lambda p: {'0': "
    "struct_extract_at(p, 1), '1': struct_extract_at(p, 2)})",
    "CREATE OR REPLACE MACRO dbx_to_utc(t, z) AS timezone(z, t::TIMESTAMP)",
    "CREATE OR REPLACE MACRO dbx_from_utc(t, z) AS timezone(z, t::TIMESTAMP::TIMESTAMPTZ)::TIMESTAMPTZ",
    "CREATE OR REPLACE MACRO dbx_ws(x VARCHAR[]) AS x, (x) AS [x::VARCHAR]",
    "CREATE OR REPLACE MACRO dbx_joined(s, x) AS CASE WHEN s IS NULL THEN NULL ELSE "
    "coalesce(array_to_string(list_filter(flatten(list_filter(x, lambda l: l IS NOT NULL)), lambda e: "
    "e IS NOT NULL), s), '') END",
    "CREATE OR REPLACE MACRO dbx_split(s, p) AS regexp_split_to_array(s, p), (s, p, n) AS CASE WHEN n "
    "<= 0 THEN regexp_split_to_array(s, p) ELSE error('[UNSUPPORTED_FEATURE] split with a limit is not "
    "supported here.') END",
    "CREATE OR REPLACE MACRO dbx_locate(p, s) AS strpos(s, p)::INTEGER, (p, s, n) AS CASE WHEN n <= 0 "
    "THEN 0 WHEN strpos(substring(s, n), p) = 0 THEN 0 ELSE strpos(substring(s, n), p) + n - 1 "
    "END::INTEGER",
    "CREATE OR REPLACE MACRO dbx_instr(s, p) AS strpos(s, p)::INTEGER",
    "CREATE OR REPLACE MACRO dbx_length(s BLOB) AS octet_length(s)::INTEGER, (s) AS "
    "length(s::VARCHAR)::INTEGER",
    "CREATE OR REPLACE MACRO str_to_map(s) AS map_from_entries(list_transform(string_split(s, ','), lambda e: struct_pack(key := split_part(e, ':', 1), value := CASE WHEN strpos(e, ':') > 0 THEN substring(e, strpos(e, ':') + length(':')) END))), "
    "(s, p) AS map_from_entries(list_transform(string_split(s, p), lambda e: struct_pack(key := split_part(e, ':', 1), value := CASE WHEN strpos(e, ':') > 0 THEN substring(e, strpos(e, ':') + length(':')) END))), "
    "(s, p, k) AS map_from_entries(list_transform(string_split(s, p), lambda e: struct_pack(key := split_part(e, k, 1), value := CASE WHEN strpos(e, k) > 0 THEN substring(e, strpos(e, k) + length(k)) END)))",
    "CREATE OR REPLACE MACRO dbx_json(x) AS TRY_CAST(x AS JSON)",
    "CREATE OR REPLACE MACRO dbx_key(e) AS struct_extract(e, 'key')",
    "CREATE OR REPLACE MACRO dbx_value(e) AS struct_extract(e, 'value')",
    "CREATE OR REPLACE MACRO current_timezone() AS 'UTC'",
    "CREATE OR REPLACE MACRO dbx_skewness(x) AS error('[UNSUPPORTED_FEATURE] skewness is not "
    "supported here.')",
    "CREATE OR REPLACE MACRO try_mod(a, b) AS CASE WHEN b = 0 THEN NULL ELSE system.main.\"%\"(a, b) "
    "END",
    "CREATE OR REPLACE MACRO dbx_ceil_to(x, d) AS ceil(x * 10 ** d) / (10 ** d)",
    "CREATE OR REPLACE MACRO width_bucket(v, a, b, n) AS CASE WHEN n <= 0 OR a = b THEN NULL WHEN a < b "
    "AND v < a THEN 0 WHEN a < b AND v >= b THEN n + 1 WHEN a > b AND v > a THEN 0 WHEN a > b AND v <= b "
    "THEN n + 1 ELSE floor(n * (v::DOUBLE - a) / (b - a)) + 1 END::BIGINT",
    "CREATE OR REPLACE MACRO dbx_seconds(t) AS (microsecond(t::TIMESTAMP) / "
    "1000000.0::DOUBLE)::DECIMAL(8, 6)",
};
