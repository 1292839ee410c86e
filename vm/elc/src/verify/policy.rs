//! What a policy has besides its functions: documents, rules, indexes, and the flow of `with`.

use super::{Function, Reason, VerifyError, distinct, whole};
use crate::limits::{MAX_ENVS, MAX_ITEMS, MAX_MEMOS, MAX_WITH};
use crate::ops::Op;
use crate::program::{DocumentKind, Policy, Program, ProgramKind};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

type Outcome = Result<(), VerifyError>;

/// Checks the tables; no code is looked at.
pub(super) fn tables(program: &Program) -> Outcome {
    let policy = match (&program.policy, program.kind) {
        (Some(p), ProgramKind::Policy) => p,
        (None, ProgramKind::Fold | ProgramKind::Script) => return Ok(()),
        _ => return Err(whole(Reason::PolicyTables)),
    };
    for (what, empty) in [("globals", program.globals.is_empty()), ("modules", program.modules.is_empty())] {
        if !empty {
            return Err(whole(Reason::PolicyExtras { what }));
        }
    }
    for (what, value, least, most) in
        [("memo slots", policy.memos, 0, MAX_MEMOS), ("environment slots", policy.envs, 2, MAX_ENVS)]
    {
        if !(least..=most).contains(&value) {
            return Err(whole(Reason::PolicyCount { what, value, least, most }));
        }
    }
    let lists = [
        ("documents", policy.documents.len()),
        ("rules", policy.rules.len()),
        ("indexes", policy.indexes.len()),
        ("input paths", policy.input_reads.len()),
    ];
    for (what, len) in lists {
        if len > MAX_ITEMS {
            return Err(whole(Reason::TooMany { what, limit: MAX_ITEMS as u32 }));
        }
    }
    documents(program, policy)?;
    rules(policy)?;
    distinct("index", policy.indexes.iter().map(|x| (&x.collection, &x.field, &x.kind)))?;
    paths("input path", policy.input_reads.iter().map(Vec::as_slice))
}

/// Paths in order, none the beginning of another: in that order a path that begins with
/// another one comes right after it or after others that do.
fn paths<'a>(what: &'static str, list: impl Iterator<Item = &'a [String]>) -> Outcome {
    let mut last: Option<&[String]> = None;
    for (path, index) in list.zip(0u32..) {
        if let Some(before) = last {
            if before >= path {
                return Err(whole(Reason::PolicyOrder { what, index }));
            }
            if path.starts_with(before) {
                return Err(whole(Reason::PolicyPrefix { what, index }));
            }
        }
        last = Some(path);
    }
    Ok(())
}

fn signature(program: &Program, what: &'static str, index: u32, proto: u32, params: u8) -> Outcome {
    match program.protos.get(proto as usize) {
        None => Err(whole(Reason::PolicyRange { what, index, names: "function", value: proto })),
        Some(p) if p.params != params || p.vararg || !p.captures.is_empty() => {
            Err(whole(Reason::PolicySignature { what, index, proto }))
        }
        Some(_) => Ok(()),
    }
}

fn documents(program: &Program, policy: &Policy) -> Outcome {
    paths("document", policy.documents.iter().map(|d| d.path.as_slice()))?;
    let mut memos = BTreeSet::new();
    for (d, index) in policy.documents.iter().zip(0u32..) {
        let params = match d.kind {
            DocumentKind::Function(n) => n,
            _ => 0,
        };
        signature(program, "document", index, d.proto, params)?;
        if let Some(memo) = d.memo {
            if memo >= policy.memos {
                return Err(whole(Reason::PolicyRange { what: "document", index, names: "memo slot", value: memo }));
            }
            if matches!(d.kind, DocumentKind::Function(_)) || !memos.insert(memo) {
                return Err(whole(Reason::PolicyMemo { index }));
            }
        }
    }
    match policy.query {
        Some(q) => signature(program, "query", 0, q, 0),
        None => Ok(()),
    }
}

fn rules(policy: &Policy) -> Outcome {
    let mut last = 0;
    for (r, index) in policy.rules.iter().zip(0u32..) {
        if r.document as usize >= policy.documents.len() {
            return Err(whole(Reason::PolicyRange { what: "rule", index, names: "document", value: r.document }));
        }
        if r.document < last {
            return Err(whole(Reason::PolicyOrder { what: "rule", index }));
        }
        last = r.document;
    }
    distinct("rule", policy.rules.iter().map(|r| &r.name))
}

/// How many `WithBegin` are open is known at each op, and none is where the function returns.
pub(super) fn with(function: &Function<'_>) -> Outcome {
    let code = &function.proto.code;
    if !code.iter().any(|op| matches!(op, Op::WithBegin {} | Op::WithEnd {} | Op::EnvSet { .. })) {
        return Ok(());
    }
    // How many are open at the beginning of each block, once a path came there.
    let mut open: Vec<Option<u32>> = vec![None; code.len()];
    let mut work: Vec<usize> = vec![0];
    open[0] = Some(0);
    while let Some(start) = work.pop() {
        let mut depth = open[start].unwrap_or(0);
        let mut at = start;
        // Shape checks came first: every target is a block and the code does not run off.
        while let Some(op) = code.get(at) {
            match op {
                Op::WithBegin {} if depth >= MAX_WITH => {
                    return function.fail(at, Reason::WithDeep { most: MAX_WITH });
                }
                Op::WithBegin {} => depth += 1,
                Op::WithEnd {} if depth == 0 => return function.fail(at, Reason::WithUnbalanced),
                Op::WithEnd {} => depth -= 1,
                Op::EnvSet { .. } if depth == 0 => return function.fail(at, Reason::EnvOutside),
                Op::Return { .. } | Op::TailCall { .. } if depth > 0 => return function.fail(at, Reason::WithOpen),
                _ => {}
            }
            let next = (!op.is_final()).then_some(at + 1);
            let ends = op.target().is_some() || matches!(code.get(at + 1), Some(Op::Block { .. }));
            if !ends && !op.is_final() {
                at += 1;
                continue;
            }
            for to in [op.target().map(|t| t.0 as usize), next].into_iter().flatten() {
                match open.get_mut(to) {
                    Some(slot @ None) => {
                        *slot = Some(depth);
                        work.push(to);
                    }
                    Some(Some(known)) if *known != depth => return function.fail(to, Reason::WithUnbalanced),
                    _ => {}
                }
            }
            break;
        }
    }
    Ok(())
}
