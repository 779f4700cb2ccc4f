//! What the library leaves wrong in its DuckDB text, mended by a walk over the text's tokens.
//!
//! A cast on Databricks fails on a value that does not fit (ANSI mode), so TRY_CAST stands only
//! where the query said try_cast; the C side marks those with the macro dbx_try. CONCAT of DuckDB
//! skips NULLs, and the library also writes it for `||`; a JSON path gives a string there. The library
//! has its own ideas of some functions, so the C side writes them with a prefix that is taken off here,
//! and it does not look into VALUES.

/// (from, to): whole words before "(".
const WORDS: [(&str, &str); 8] = [
    ("ARRAY", "LIST_VALUE"),
    ("CONCAT", "DBX_CONCAT"),
    ("DBX_CUBE", "CUBE"),
    ("DBX_ROLLUP", "ROLLUP"),
    ("DBX_STRFTIME", "STRFTIME"),
    ("DBX_STRPTIME", "STRPTIME"),
    ("DBX_TRY_STRPTIME", "TRY_STRPTIME"),
    ("MAP_FROM_ARRAYS", "MAP"),
];
const KEEP: &str = "DBX_TRY(";

/// The end of a quoted run that begins at `at`; the quote is doubled inside.
fn quoted_end(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut i = at + 1;
    while i < bytes.len() {
        if bytes[i] == quote {
            if bytes.get(i + 1) != Some(&quote) {
                return i + 1;
            }
            i += 1;
        }
        i += 1;
    }
    bytes.len()
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    let mut i = at;
    while i < bytes.len() && (bytes[i].is_ascii_alphanumeric() || bytes[i] == b'_' || bytes[i] >= 0x80) {
        i += 1;
    }
    i
}

fn call_name<'a>(word: &'a str, out: &str) -> &'a str {
    if word == "TRY_CAST" && !out.ends_with(KEEP) {
        return "CAST";
    }
    WORDS.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| to)
}

pub fn output(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 64);
    let mut i = 0;
    while i < bytes.len() {
        let end = match bytes[i] {
            b'\'' | b'"' => quoted_end(bytes, i),
            ch if ch.is_ascii_alphanumeric() || ch == b'_' || ch >= 0x80 => word_end(bytes, i),
            _ => i + 1,
        };
        let token = &text[i..end];
        if bytes.get(end) == Some(&b'(') {
            let name = call_name(token, &out);
            out.push_str(name);
        } else if text[i..].starts_with("-> '$") {
            out.push_str("->>");
            i += 2;
            continue;
        } else {
            out.push_str(token);
        }
        i = end;
    }
    out
}
