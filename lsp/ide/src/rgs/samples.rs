//! Values that are written out in policies, and paths as tokens have them: what completion can show of a value
//! before anything is computed.

use super::analysis::Bundle;
use super::decide::value_at;
use super::text::slice;
use super::walk::{self, Node};
use gatos_canon::{Map, Value};
use gatos_syntax::rgs::ast::{Expr, ExprKind};
use gatos_syntax::rgs::lexer::Token;
use gatos_syntax::rgs::token::Kind;

/// A path that begins at a token.
pub(super) fn path_after(item: &str, tokens: &[Token], at: usize) -> Option<Vec<String>> {
    let first = tokens.get(at).filter(|t| t.kind == Kind::Name)?;
    let mut out = vec![slice(item, first.span).to_owned()];
    let mut at = at + 1;
    while let (Some(dot), Some(name)) = (tokens.get(at), tokens.get(at + 1)) {
        if dot.kind != Kind::Dot || !dot.glued || name.kind != Kind::Name {
            break;
        }
        out.push(slice(item, name.span).to_owned());
        at += 2;
    }
    Some(out)
}

/// The names of a function's parameters.
pub(super) fn parameters(bundle: &Bundle, path: &[String]) -> Option<Vec<String>> {
    let place = bundle.definitions(path).iter().find(|p| p.is_whole && p.rule.is_some())?;
    let rule = bundle.parsed.get(place.file)?.module.rules.get(place.rule?)?;
    let params = rule.head.params.as_ref()?;
    let name = |(at, e): (usize, &Expr)| match &e.kind {
        ExprKind::Name(name) if name != "_" => name.clone(),
        _ => format!("x{}", at + 1),
    };
    Some(params.iter().enumerate().map(name).collect())
}

/// The value of a rule that is a constant.
pub(super) fn constant_rule(bundle: &Bundle, path: &[String]) -> Option<Value> {
    (1..=path.len()).rev().find_map(|n| {
        let place = bundle.definitions(path.get(..n)?).iter().find(|p| p.is_whole && p.rule.is_some())?;
        let rule = bundle.parsed.get(place.file)?.module.rules.get(place.rule?)?;
        let span = super::decide::head_value(&rule.head.value)?;
        let mut value = None;
        Node::Head(&rule.head).children(&mut |node| {
            if let Node::Expr(e) = node
                && e.span == span
                && rule.body.is_none()
            {
                value = constant(e);
            }
        });
        value_at(&value?, path.get(n..)?).cloned()
    })
}

/// The value of an expression that is written out; what is not is left out of objects.
pub(super) fn constant(e: &Expr) -> Option<Value> {
    match &walk::unwrap(e).kind {
        ExprKind::Null => Some(Value::Null),
        ExprKind::Bool(b) => Some(Value::Bool(*b)),
        ExprKind::Number(text) => Value::from_json(text).ok(),
        ExprKind::Text(text) => Some(Value::Text(text.clone())),
        ExprKind::Array(items) | ExprKind::Set(items) => {
            Some(Value::Array(items.iter().filter_map(constant).collect()))
        }
        ExprKind::Object(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                if let (ExprKind::Text(key), Some(value)) = (&key.kind, constant(value)) {
                    map.insert(key.clone(), value);
                }
            }
            Some(Value::Map(map))
        }
        _ => None,
    }
}
