//! Table constructors: records in one op, lists in batches, the rest in order.

use super::{Lowerer, Static};
use crate::hir::{Expr, Item};
use gatos_elc::ops::{Count, Imm, KeysId, N, Op, Reg};
use gatos_elc::program::Const;
use gatos_syntax::span::Span;
use std::collections::BTreeSet;

/// Values that one `SetList` takes.
const BATCH: u32 = 50;
/// Items of one `Record`; more would crowd the registers.
const RECORD: usize = 50;

impl Lowerer<'_> {
    pub(super) fn table_into(&mut self, items: &[Item], dst: u8, span: Span) {
        if let Some(record) = self.record(items) {
            return self.record_into(record, dst, span);
        }
        let mark = self.mark();
        // A visible local keeps its old value until all items are computed.
        let scratch = self.is_scratch(dst);
        let table = if scratch { dst } else { self.alloc(span) };
        let positional = items.iter().filter(|i| matches!(i, Item::Positional(_))).count() as u32;
        let named = items.len() as u32 - positional;
        self.emit(Op::NewTable { dst: Reg(table), array: Count(positional), record: Count(named) }, span);
        let top = self.mark();
        let (mut start, mut waiting) = (1u32, 0u32);
        for (i, item) in items.iter().enumerate() {
            match item {
                Item::Positional(e) if i + 1 == items.len() && e.is_multi() => {
                    self.open(e);
                    let op = Op::SetList {
                        table: Reg(table),
                        first: Reg(top.min(249) as u8),
                        n: N::Open,
                        start: Count(start),
                    };
                    self.emit(op, e.span);
                    waiting = 0;
                    self.release(top);
                }
                Item::Positional(e) => {
                    self.next(e);
                    waiting += 1;
                    if waiting == BATCH {
                        self.flush(table, top, &mut start, &mut waiting, span);
                    }
                }
                Item::Named(key, key_span, value) => {
                    self.flush(table, top, &mut start, &mut waiting, span);
                    let a = Reg(self.any(value));
                    let key = self.k_str(key);
                    self.emit(Op::SetField { table: Reg(table), key, a }, *key_span);
                    self.release(top);
                }
                Item::Keyed(key, value) => {
                    self.flush(table, top, &mut start, &mut waiting, span);
                    self.set_key(table, key, value, key.span);
                    self.release(top);
                }
            }
        }
        self.flush(table, top, &mut start, &mut waiting, span);
        self.release(mark);
        if table != dst {
            self.emit(Op::Move { dst: Reg(dst), a: Reg(table) }, span);
        }
    }

    fn flush(&mut self, table: u8, top: u32, start: &mut u32, waiting: &mut u32, span: Span) {
        if *waiting == 0 {
            return;
        }
        let first = Reg(top.min(249) as u8);
        let n = N::Fixed(*waiting as u8);
        self.emit(Op::SetList { table: Reg(table), first, n, start: Count(*start) }, span);
        *start += *waiting;
        *waiting = 0;
        self.release(top);
    }

    /// `table[key] = value` inside a constructor.
    fn set_key(&mut self, table: u8, key: &Expr, value: &Expr, span: Span) {
        let table = Reg(table);
        match self.constant(key) {
            Some(Static::Str(s)) => {
                let a = Reg(self.any(value));
                let key = self.k_str(&s);
                self.emit(Op::SetField { table, key, a }, span);
            }
            Some(Static::Int(i)) if i32::try_from(i).is_ok() => {
                let a = Reg(self.any(value));
                self.emit(Op::SetInt { table, key: Imm(i as i32), a }, span);
            }
            _ => {
                let key = Reg(self.any(key));
                let a = Reg(self.any(value));
                self.emit(Op::SetIndex { table, key, a }, span);
            }
        }
    }

    /// The items, when all have known distinct string keys.
    fn record<'e>(&self, items: &'e [Item]) -> Option<Vec<(Vec<u8>, &'e Expr)>> {
        if items.is_empty() || items.len() > RECORD {
            return None;
        }
        let mut seen = BTreeSet::new();
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let (key, value) = match item {
                Item::Named(key, _, value) => (key.clone(), value),
                Item::Keyed(key, value) => match self.constant(key) {
                    Some(Static::Str(s)) => (s.to_vec(), value),
                    _ => return None,
                },
                Item::Positional(_) => return None,
            };
            if !seen.insert(key.clone()) {
                return None;
            }
            out.push((key, value));
        }
        Some(out)
    }

    fn record_into(&mut self, items: Vec<(Vec<u8>, &Expr)>, dst: u8, span: Span) {
        let mark = self.mark();
        // The values may begin in the target itself when that is on top.
        if u32::from(dst) + 1 == mark && self.is_scratch(dst) {
            self.release(mark - 1);
        }
        let mut first = None;
        let mut keys = Vec::with_capacity(items.len());
        for (key, value) in items {
            let r = self.next(value);
            first.get_or_insert(r);
            keys.push(self.parts.consts.add(Const::Str(key)));
        }
        let keys = KeysId(self.parts.keys.add(keys));
        self.release(mark);
        self.emit(Op::Record { dst: Reg(dst), keys, first: Reg(first.unwrap_or(dst)) }, span);
    }
}
