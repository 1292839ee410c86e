//! What the fast paths leave: metamethods, coercions, mixed numbers, errors.

use crate::code::{Arith, CMP_GE, CMP_GT, CMP_LE, CMP_LT};
use crate::string::StrObj;
use crate::table::{SPECIAL, Table, WATCHED};
use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_num::{Num, NumError};

/// How long a chain of `__index`, `__newindex` or `__call` may be.
pub(crate) const MAX_CHAIN: usize = 100;

fn key_text(key: Value) -> alloc::string::String {
    match key.tag {
        Tag::Str => {
            let b = key.str_bytes();
            let cut = &b[..b.len().min(60)];
            alloc::format!(" with key '{}'", alloc::string::String::from_utf8_lossy(cut))
        }
        Tag::Int => alloc::format!(" with key {}", key.bits as i64),
        _ => alloc::string::String::new(),
    }
}

impl Vm {
    /// A metamethod by its interned name; nil when there is none.
    #[inline]
    pub(crate) fn metamethod(&self, v: Value, name: *const StrObj) -> Value {
        if v.tag != Tag::Table {
            return Value::NIL;
        }
        // SAFETY: a live table and a permanent string.
        unsafe {
            let m = (*v.table_ptr()).meta;
            if m.is_null() { Value::NIL } else { Table::get_str(m, name) }
        }
    }

    /// `obj[key]` with `__index`.
    ///
    /// # Errors
    /// A value that cannot be indexed; what a metamethod raises.
    pub fn index(&mut self, obj: Value, key: Value) -> Result<Value, Trap> {
        if key.tag == Tag::Str && key.str_bytes().len() >= 64 {
            self.charge(key.str_bytes().len() as u64 / 64)?;
        }
        self.index_chain(obj, key)
    }

    fn index_chain(&mut self, obj: Value, key: Value) -> Result<Value, Trap> {
        let mut obj = obj;
        for _ in 0..MAX_CHAIN {
            let h = match obj.tag {
                Tag::Table => {
                    // SAFETY: a live table.
                    let (v, meta) = unsafe { (Table::get(obj.table_ptr(), key), (*obj.table_ptr()).meta) };
                    if !v.is_nil() || meta.is_null() {
                        return Ok(v);
                    }
                    let h = self.metamethod(obj, self.names.index);
                    if h.is_nil() {
                        return Ok(Value::NIL);
                    }
                    h
                }
                Tag::Str => Value::from_table(self.string_lib),
                _ => {
                    return Err(self.error(&alloc::format!(
                        "attempt to index a {} value{}",
                        obj.type_name(),
                        key_text(key)
                    )));
                }
            };
            if matches!(h.tag, Tag::Closure | Tag::Native | Tag::Iter) {
                return self.call1(h, &[obj, key]);
            }
            obj = h;
        }
        Err(self.error("'__index' chain too long; possibly a loop"))
    }

    /// `obj[key] = v` with `__newindex`.
    ///
    /// # Errors
    /// Not a table, frozen, a nil key; what a metamethod raises.
    pub fn set_index(&mut self, obj: Value, key: Value, v: Value) -> Result<(), Trap> {
        if key.tag == Tag::Str && key.str_bytes().len() >= 64 {
            self.charge(key.str_bytes().len() as u64 / 64)?;
        }
        self.set_index_chain(obj, key, v)
    }

    fn set_index_chain(&mut self, obj: Value, key: Value, v: Value) -> Result<(), Trap> {
        let mut obj = obj;
        for _ in 0..MAX_CHAIN {
            if obj.tag != Tag::Table {
                return Err(self.error(&alloc::format!(
                    "attempt to index a {} value{}",
                    obj.type_name(),
                    key_text(key)
                )));
            }
            let t = obj.table_ptr();
            // SAFETY: a live table.
            unsafe {
                let h = if (*t).meta.is_null() { Value::NIL } else { self.metamethod(obj, self.names.newindex) };
                if h.is_nil() || !Table::get(t, key).is_nil() {
                    return match self.heap.set(t, key, v) {
                        Ok(()) => Ok(()),
                        Err(f) => Err(self.fault(f)),
                    };
                }
                if matches!(h.tag, Tag::Closure | Tag::Native | Tag::Iter) {
                    self.call1(h, &[obj, key, v])?;
                    return Ok(());
                }
                obj = h;
            }
        }
        Err(self.error("'__newindex' chain too long; possibly a loop"))
    }

    /// Fills the inline cache of a field read, and reads.
    #[inline(never)]
    pub(crate) fn get_field_slow(&mut self, ic: usize, obj: Value) -> Result<Value, Trap> {
        let key = self.ics[ic].key;
        let kv = Value::from_str(key);
        // SAFETY: live tables and permanent keys; cached pointers are compared, and followed only
        // under an unchanged epoch.
        unsafe {
            match obj.tag {
                Tag::Table => {
                    let t = obj.table_ptr();
                    let shape = (*t).shape;
                    if !(*shape).dict {
                        if let Some(slot) = crate::shape::Shape::find(shape, key) {
                            let v = *(*t).slots.add(slot as usize);
                            let c = &mut self.ics[ic];
                            c.shape = shape;
                            c.slot = slot;
                            c.epoch = 0;
                            if !v.is_nil() || (*t).meta.is_null() {
                                return Ok(v);
                            }
                        } else if (*t).meta.is_null() {
                            return Ok(Value::NIL);
                        } else {
                            // The key is absent by shape: what the metatable's chain of plain tables gives can be kept.
                            let mut at = (*t).meta;
                            for _ in 0..8 {
                                (*at).flags |= WATCHED;
                                let h = Table::get_str(at, self.names.index);
                                if h.tag != Tag::Table {
                                    break;
                                }
                                let holder = h.table_ptr();
                                (*holder).flags |= WATCHED;
                                let v = Table::get_str(holder, key);
                                if !v.is_nil() {
                                    let c = &mut self.ics[ic];
                                    c.shape = shape;
                                    c.meta = (*t).meta;
                                    c.epoch = self.heap.epoch;
                                    c.value = v;
                                    break;
                                }
                                if (*holder).meta.is_null() {
                                    break;
                                }
                                at = (*holder).meta;
                            }
                        }
                    }
                }
                Tag::Str => {
                    let v = Table::get_str(self.string_lib, key);
                    return Ok(v);
                }
                _ => {}
            }
        }
        self.index_chain(obj, kv)
    }

    /// Fills the inline cache of a field write, and writes.
    #[inline(never)]
    pub(crate) fn set_field_slow(&mut self, ic: usize, obj: Value, v: Value) -> Result<(), Trap> {
        let key = self.ics[ic].key;
        // SAFETY: as in `get_field_slow`.
        unsafe {
            if obj.tag == Tag::Table {
                let t = obj.table_ptr();
                let shape = (*t).shape;
                if (*t).flags & SPECIAL == 0 && !(*shape).dict && (*t).meta.is_null() {
                    if let Some(slot) = crate::shape::Shape::find(shape, key) {
                        let c = &mut self.ics[ic];
                        c.shape = shape;
                        c.slot = slot;
                        c.next = core::ptr::null_mut();
                    } else if !v.is_nil()
                        && let Some(next) = self.heap.shapes.extend(shape, key)
                    {
                        let c = &mut self.ics[ic];
                        c.shape = shape;
                        c.next = next;
                        c.slot = (*shape).keys.len() as u32;
                    }
                } else if (*t).flags & SPECIAL == 0 && !(*shape).dict {
                    // With a metatable only overwriting a present field is safe to repeat without looking.
                    if let Some(slot) = crate::shape::Shape::find(shape, key) {
                        let c = &mut self.ics[ic];
                        c.shape = shape;
                        c.slot = slot;
                        c.next = core::ptr::null_mut();
                    }
                }
            }
        }
        self.set_index_chain(obj, Value::from_str(key), v)
    }

    fn coerce(v: Value) -> Option<Num> {
        match v.tag {
            Tag::Str => gatos_num::tonumber(v.str_bytes()),
            _ => v.as_num(),
        }
    }

    /// The text of a number error.
    pub fn num_error(&mut self, e: NumError) -> Trap {
        let text = alloc::format!("{e}");
        self.error(&text)
    }

    /// Arithmetic and bit operations beyond two integers.
    #[inline(never)]
    pub(crate) fn arith(&mut self, op: Arith, a: Value, b: Value) -> Result<Value, Trap> {
        if let (Some(x), Some(y)) = (a.as_num(), b.as_num()) {
            return match arith_num(op, x, y) {
                Ok(n) => Ok(Value::num(n)),
                Err(e) => Err(self.num_error(e)),
            };
        }
        let name = self.names.arith[op as usize];
        let mut h = self.metamethod(a, name);
        if h.is_nil() {
            h = self.metamethod(b, name);
        }
        if !h.is_nil() {
            return self.call1(h, &[a, b]);
        }
        let bits = matches!(op, Arith::BAnd | Arith::BOr | Arith::BXor | Arith::Shl | Arith::Shr);
        for v in [a, b] {
            if v.tag == Tag::Str {
                self.charge(v.str_bytes().len() as u64 / 64)?;
            }
        }
        // As in Lua, strings coerce in arithmetic but not under bit operators.
        if !bits && let (Some(x), Some(y)) = (Vm::coerce(a), Vm::coerce(b)) {
            return match arith_num(op, x, y) {
                Ok(n) => Ok(Value::num(n)),
                Err(e) => Err(self.num_error(e)),
            };
        }
        let fits = |v: Value| if bits { v.as_num().is_some() } else { Vm::coerce(v).is_some() };
        let culprit = if fits(a) { b } else { a };
        let what = if bits { "perform bitwise operation on" } else { "perform arithmetic on" };
        let kind = if culprit.tag == Tag::Str && !bits { "string that is not a number" } else { culprit.type_name() };
        Err(self.error(&alloc::format!(
            "attempt to {what} a {kind}{}",
            if culprit.tag == Tag::Str { "" } else { " value" }
        )))
    }

    /// Negation.
    #[inline(never)]
    pub(crate) fn unm(&mut self, a: Value) -> Result<Value, Trap> {
        if a.as_num().is_none() {
            let h = self.metamethod(a, self.names.unm);
            if !h.is_nil() {
                return self.call1(h, &[a, a]);
            }
            self.charge(a.str_bytes().len() as u64 / 64)?;
        }
        match Vm::coerce(a) {
            Some(n) => match n.neg() {
                Ok(n) => Ok(Value::num(n)),
                Err(e) => Err(self.num_error(e)),
            },
            None => Err(self.error(&alloc::format!("attempt to perform arithmetic on a {} value", a.type_name()))),
        }
    }

    /// Bitwise complement.
    #[inline(never)]
    pub(crate) fn bnot(&mut self, a: Value) -> Result<Value, Trap> {
        if a.as_num().is_none() {
            let h = self.metamethod(a, self.names.bnot);
            if !h.is_nil() {
                return self.call1(h, &[a, a]);
            }
        }
        match a.as_num() {
            Some(n) => match n.to_int() {
                Some(i) => Ok(Value::int(!i)),
                None => Err(self.num_error(NumError::NotInteger)),
            },
            None => {
                Err(self.error(&alloc::format!("attempt to perform bitwise operation on a {} value", a.type_name())))
            }
        }
    }

    /// `#a`.
    ///
    /// # Errors
    /// A value without a length; what `__len` raises.
    pub fn length(&mut self, a: Value) -> Result<Value, Trap> {
        match a.tag {
            Tag::Str => Ok(Value::int(a.str_bytes().len() as i64)),
            Tag::Table => {
                let h = self.metamethod(a, self.names.len);
                if h.is_nil() { Ok(Value::int(self.border(a))) } else { self.call1(h, &[a]) }
            }
            _ => Err(self.error(&alloc::format!("attempt to get length of a {} value", a.type_name()))),
        }
    }

    /// `a == b`.
    ///
    /// # Errors
    /// Fuel; what `__eq` raises.
    pub fn equals(&mut self, a: Value, b: Value) -> Result<bool, Trap> {
        if a.tag == Tag::Str && b.tag == Tag::Str {
            let (x, y) = (a.str_bytes().len(), b.str_bytes().len());
            if x == y && x >= 64 {
                self.charge(x as u64 / 64)?;
            }
        }
        if a.raw_equals(b) {
            return Ok(true);
        }
        if a.tag != Tag::Table || b.tag != Tag::Table {
            return Ok(false);
        }
        let mut h = self.metamethod(a, self.names.eq);
        if h.is_nil() {
            h = self.metamethod(b, self.names.eq);
        }
        if h.is_nil() {
            return Ok(false);
        }
        Ok(self.call1(h, &[a, b])?.truthy())
    }

    /// The order of two numbers or two strings.
    fn order(&mut self, a: Value, b: Value) -> Result<Option<Ordering>, Trap> {
        if let (Some(x), Some(y)) = (a.as_num(), b.as_num()) {
            return Ok(Some(Num::cmp(x, y)));
        }
        if a.tag == Tag::Str && b.tag == Tag::Str {
            let (x, y) = (a.str_bytes(), b.str_bytes());
            let n = x.len().min(y.len());
            if n >= 64 {
                self.charge(n as u64 / 64)?;
            }
            return Ok(Some(x.cmp(y)));
        }
        Ok(None)
    }

    /// `a < b`.
    ///
    /// # Errors
    /// Values without an order; what `__lt` raises.
    #[inline(never)]
    pub fn less_than(&mut self, a: Value, b: Value) -> Result<bool, Trap> {
        match self.order(a, b)? {
            Some(o) => Ok(o == Ordering::Less),
            None => self.compare_meta(a, b, self.names.lt),
        }
    }

    /// `a <= b`.
    ///
    /// # Errors
    /// As [`Vm::less_than`], with `__le`.
    #[inline(never)]
    pub fn less_equal(&mut self, a: Value, b: Value) -> Result<bool, Trap> {
        match self.order(a, b)? {
            Some(o) => Ok(o != Ordering::Greater),
            None => self.compare_meta(a, b, self.names.le),
        }
    }

    #[cold]
    fn compare_meta(&mut self, a: Value, b: Value, name: *const StrObj) -> Result<bool, Trap> {
        let mut h = self.metamethod(a, name);
        if h.is_nil() {
            h = self.metamethod(b, name);
        }
        if !h.is_nil() {
            return Ok(self.call1(h, &[a, b])?.truthy());
        }
        let (x, y) = (a.type_name(), b.type_name());
        if x == y {
            Err(self.error(&alloc::format!("attempt to compare two {x} values")))
        } else {
            Err(self.error(&alloc::format!("attempt to compare {x} with {y}")))
        }
    }

    #[inline(never)]
    pub(crate) fn compare_kind(&mut self, kind: u8, a: Value, k: Value) -> Result<bool, Trap> {
        if self.policy.is_some() {
            return self.doc_compare_kind(kind, a, k);
        }
        match kind {
            CMP_LT => self.less_than(a, k),
            CMP_LE => self.less_equal(a, k),
            CMP_GT => self.less_than(k, a),
            CMP_GE => self.less_equal(k, a),
            _ => Ok(false),
        }
    }

    /// Joins the `n` registers from `first` on.
    #[inline(never)]
    pub(crate) unsafe fn concat(&mut self, first: *mut Value, n: usize) -> Result<Value, Trap> {
        let mut total = 0usize;
        let mut plain = true;
        let mut numbers = false;
        for i in 0..n {
            let v = *first.add(i);
            match v.tag {
                Tag::Str => total += v.str_bytes().len(),
                Tag::Int | Tag::Fixed => {
                    numbers = true;
                    total += 24;
                }
                _ => plain = false,
            }
        }
        if !plain {
            let mut values: Vec<Value> = (0..n).map(|i| *first.add(i)).collect();
            let mut right = match values.pop() {
                Some(v) => v,
                None => return self.new_string(b""),
            };
            while let Some(left) = values.pop() {
                right = self.concat2(left, right)?;
            }
            return Ok(right);
        }
        if !numbers {
            return self.concat_parts(total, (0..n).map(|i| (*first.add(i)).str_bytes::<'static>()));
        }
        if total > 1 << 16 {
            // Nothing long is built before it is paid for; numbers are short.
            let mut texts = Vec::new();
            let mut ends = Vec::with_capacity(n);
            let mut total = 0;
            for i in 0..n {
                let v = *first.add(i);
                match v.tag {
                    Tag::Str => total += v.str_bytes().len(),
                    _ => self.push_text(&mut texts, v),
                }
                ends.push(texts.len());
            }
            let mut from = 0;
            let parts = ends.iter().enumerate().map(|(i, end)| {
                let v = *first.add(i);
                let text = &texts[from..*end];
                from = *end;
                if v.tag == Tag::Str { v.str_bytes() } else { text }
            });
            return self.concat_parts(total + texts.len(), parts);
        }
        let mut buf = Vec::with_capacity(total);
        for i in 0..n {
            self.push_text(&mut buf, *first.add(i));
        }
        self.charge(buf.len() as u64 / 64)?;
        self.new_string(&buf)
    }

    #[inline]
    unsafe fn concat_parts<'a>(&mut self, total: usize, parts: impl Iterator<Item = &'a [u8]>) -> Result<Value, Trap> {
        self.charge(total as u64 / 64)?;
        if total > i32::MAX as usize {
            return Err(self.error("string too long"));
        }
        self.charge_memory(crate::heap::STRING_BYTES as u64 + total as u64)?;
        let p = self.heap.arena.alloc(crate::string::HEADER + total);
        let s = p as *mut StrObj;
        s.write(StrObj { hash: 0, len: total as u32, flags: 0, refs: 0 });
        let mut at = p.add(crate::string::HEADER);
        for part in parts {
            core::ptr::copy_nonoverlapping(part.as_ptr(), at, part.len());
            at = at.add(part.len());
        }
        Ok(Value::from_str(s))
    }

    /// Appends a string's bytes, or a number's text.
    pub fn push_text(&self, out: &mut Vec<u8>, v: Value) {
        match v.tag {
            Tag::Str => out.extend_from_slice(v.str_bytes()),
            Tag::Int => {
                let mut digits = [0u8; 20];
                let mut at = digits.len();
                let i = v.bits as i64;
                let mut u = i.unsigned_abs();
                loop {
                    at -= 1;
                    digits[at] = b'0' + (u % 10) as u8;
                    u /= 10;
                    if u == 0 {
                        break;
                    }
                }
                if i < 0 {
                    out.push(b'-');
                }
                out.extend_from_slice(&digits[at..]);
            }
            Tag::Fixed => out.extend_from_slice(self.number_text(v).as_bytes()),
            _ => {}
        }
    }

    fn concat2(&mut self, a: Value, b: Value) -> Result<Value, Trap> {
        let text = |v: Value| matches!(v.tag, Tag::Str | Tag::Int | Tag::Fixed);
        if text(a) && text(b) {
            let mut both = [a, b];
            // SAFETY: two values, both of them text, so this does not come back here.
            return unsafe { self.concat(both.as_mut_ptr(), 2) };
        }
        let mut h = self.metamethod(a, self.names.concat);
        if h.is_nil() {
            h = self.metamethod(b, self.names.concat);
        }
        if !h.is_nil() {
            return self.call1(h, &[a, b]);
        }
        let culprit = if text(a) { b } else { a };
        Err(self.error(&alloc::format!("attempt to concatenate a {} value", culprit.type_name())))
    }
}

fn to_int(n: Num) -> Result<i64, NumError> {
    n.to_int().ok_or(NumError::NotInteger)
}

fn shift_left(a: i64, n: i64) -> i64 {
    match n {
        0..=63 => ((a as u64) << n) as i64,
        -63..=-1 => ((a as u64) >> -n) as i64,
        _ => 0,
    }
}

/// Arithmetic on numbers of either kind.
pub(crate) fn arith_num(op: Arith, x: Num, y: Num) -> Result<Num, NumError> {
    match op {
        Arith::Add => x.add(y),
        Arith::Sub => x.sub(y),
        Arith::Mul => x.mul(y),
        Arith::Div => x.div(y),
        Arith::IDiv => x.idiv(y),
        Arith::Mod => x.modulo(y),
        Arith::Pow => x.pow(y),
        Arith::BAnd => Ok(Num::Int(to_int(x)? & to_int(y)?)),
        Arith::BOr => Ok(Num::Int(to_int(x)? | to_int(y)?)),
        Arith::BXor => Ok(Num::Int(to_int(x)? ^ to_int(y)?)),
        Arith::Shl => Ok(Num::Int(shift_left(to_int(x)?, to_int(y)?))),
        Arith::Shr => Ok(Num::Int(shift_left(to_int(x)?, to_int(y)?.checked_neg().unwrap_or(i64::MAX)))),
    }
}
