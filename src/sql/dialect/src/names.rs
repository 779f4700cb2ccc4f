//! The names in a tree: every table reference and every call of a function with a qualified name.
//! The C side knows where names stand in the text; it compares what it found with this list.

use polyglot_sql::{Expression, ExpressionWalk};
use serde_json::{json, Value};

/// The parts of `a.b.c` when the expression is such a chain of plain names.
fn chain(e: &Expression, parts: &mut Vec<String>) -> bool {
    match e {
        Expression::Identifier(i) => {
            parts.push(i.name.clone());
            true
        }
        Expression::Column(c) => {
            if let Some(table) = &c.table {
                parts.push(table.name.clone());
            }
            parts.push(c.name.name.clone());
            true
        }
        Expression::Dot(d) => {
            let known = chain(&d.this, parts);
            parts.push(d.field.name.clone());
            known
        }
        _ => false,
    }
}

fn function_parts(e: &Expression) -> Option<Vec<String>> {
    match e {
        Expression::MethodCall(m) => {
            let mut parts = Vec::new();
            if !chain(&m.this, &mut parts) {
                return None;
            }
            parts.push(m.method.name.clone());
            Some(parts)
        }
        Expression::Function(f) if !f.qualified_name.is_empty() => {
            Some(f.qualified_name.iter().map(|part| part.name.clone()).collect())
        }
        Expression::Function(f) if f.name.contains('.') => {
            Some(f.name.split('.').map(str::to_string).collect())
        }
        Expression::AggregateFunction(f) if f.name.contains('.') => {
            Some(f.name.split('.').map(str::to_string).collect())
        }
        _ => None,
    }
}

/// {"tables": [[part, …], …], "functions": [[part, …], …]} in no order that matters.
pub fn collect(tree: &Expression) -> Value {
    let mut tables: Vec<Vec<String>> = Vec::new();
    let mut functions: Vec<Vec<String>> = Vec::new();
    for node in tree.dfs() {
        if let Expression::Table(t) = node {
            let parts = [t.catalog.as_ref(), t.schema.as_ref(), Some(&t.name)];
            tables.push(parts.iter().flatten().map(|part| part.name.clone()).collect());
        } else if let Some(parts) = function_parts(node) {
            functions.push(parts);
        }
    }
    json!({ "tables": tables, "functions": functions })
}
