//! The C interface of the SQL dialect library (clxs_dialect.h).
//!
//! Each call runs on a thread of its own with a large stack, because a parser that follows a
//! hostile text recursively must not end the process; a panic there becomes an error here.

mod mend;
mod names;

use polyglot_sql::{Dialect, DialectType, Error};
use std::os::raw::{c_char, c_int};

const STACK_BYTES: usize = 256 << 20;

const OK: c_int = 0;
const SYNTAX: c_int = 1;
const DEFECT: c_int = 2;

/// What a call failed with: where in the text (in characters; None = unknown), and why.
struct Failure {
    code: c_int,
    at: Option<usize>,
    message: String,
}

impl Failure {
    fn defect(message: &str) -> Self {
        Failure { code: DEFECT, at: None, message: message.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::Parse { message, .. } | Error::Tokenize { message, .. } | Error::Syntax { message, .. } => {
                message.clone()
            }
            other => other.to_string(),
        };
        Failure { code: SYNTAX, at: error.start(), message }
    }
}

type Work = fn(&str) -> Result<String, Failure>;

fn to_duckdb(sql: &str) -> Result<String, Failure> {
    let source = Dialect::get(DialectType::Databricks);
    let mut statements = source.transpile(sql, DialectType::DuckDB)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(text), true) => Ok(mend::output(&text)),
        _ => Err(Failure { code: SYNTAX, at: None, message: "One query is expected.".into() }),
    }
}

fn references(sql: &str) -> Result<String, Failure> {
    let trees = polyglot_sql::parse(sql, DialectType::Databricks)?;
    if trees.len() != 1 {
        return Err(Failure { code: SYNTAX, at: None, message: "One query is expected.".into() });
    }
    Ok(names::collect(&trees[0]).to_string())
}

fn validate(sql: &str) -> Result<String, Failure> {
    polyglot_sql::parse(sql, DialectType::Databricks)?;
    Ok(String::new())
}

fn on_big_stack(sql: &str, work: Work) -> Result<String, Failure> {
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || std::panic::catch_unwind(|| work(sql)));
        match spawned.map(|thread| thread.join()) {
            Ok(Ok(Ok(result))) => result,
            Ok(_) => Err(Failure::defect("The SQL dialect library met text that it cannot handle.")),
            Err(_) => Err(Failure::defect("No thread could be started for the SQL dialect library.")),
        }
    })
}

/// Heap copy with a NUL at its end; clxs_dialect_free takes it back.
fn give(text: String, out: *mut *mut c_char, out_length: *mut usize) {
    let length = text.len();
    let mut bytes = text.into_bytes();
    bytes.push(0);
    let boxed = bytes.into_boxed_slice();
    unsafe {
        *out_length = length;
        *out = Box::into_raw(boxed) as *mut c_char;
    }
}

unsafe fn call(
    sql: *const c_char,
    length: usize,
    work: Work,
    out: *mut *mut c_char,
    out_length: *mut usize,
    out_at: *mut i64,
) -> c_int {
    let bytes = unsafe { std::slice::from_raw_parts(sql as *const u8, length) };
    let result = match std::str::from_utf8(bytes) {
        Ok(text) => on_big_stack(text, work),
        Err(_) => Err(Failure { code: SYNTAX, at: None, message: "The text is not UTF-8.".into() }),
    };
    unsafe { *out_at = -1 };
    match result {
        Ok(text) => {
            give(text, out, out_length);
            OK
        }
        Err(failure) => {
            unsafe { *out_at = failure.at.map_or(-1, |at| at as i64) };
            give(failure.message, out, out_length);
            failure.code
        }
    }
}

/// # Safety
/// `sql` points to `length` bytes; the outputs are writable. The same holds for all calls here.
#[no_mangle]
pub unsafe extern "C" fn clxs_dialect_to_duckdb(
    sql: *const c_char,
    length: usize,
    out: *mut *mut c_char,
    out_length: *mut usize,
    out_at: *mut i64,
) -> c_int {
    unsafe { call(sql, length, to_duckdb, out, out_length, out_at) }
}

/// # Safety
/// As for clxs_dialect_to_duckdb.
#[no_mangle]
pub unsafe extern "C" fn clxs_dialect_references(
    sql: *const c_char,
    length: usize,
    out: *mut *mut c_char,
    out_length: *mut usize,
    out_at: *mut i64,
) -> c_int {
    unsafe { call(sql, length, references, out, out_length, out_at) }
}

/// # Safety
/// As for clxs_dialect_to_duckdb.
#[no_mangle]
pub unsafe extern "C" fn clxs_dialect_validate(
    sql: *const c_char,
    length: usize,
    out: *mut *mut c_char,
    out_length: *mut usize,
    out_at: *mut i64,
) -> c_int {
    unsafe { call(sql, length, validate, out, out_length, out_at) }
}

/// # Safety
/// `text` and `length` are what a call gave out, once.
#[no_mangle]
pub unsafe extern "C" fn clxs_dialect_free(text: *mut c_char, length: usize) {
    if !text.is_null() {
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(text as *mut u8, length + 1)) });
    }
}
