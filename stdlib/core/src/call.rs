//! A library call in progress: its arguments checked, its costs charged, its results given.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_num::{Num, NumError, tonumber};
use gatos_vm::{Args, Limit, Tag, Trap, TrapKind, Value, Vm};

/// What a library function gives: how many results it set.
pub(crate) type Ret = Result<u32, Trap>;

/// The longest string.
pub(crate) const MAX_STRING: usize = i32::MAX as usize;

/// A call of a library function.
pub(crate) struct Call<'a> {
    pub(crate) vm: &'a mut Vm,
    pub(crate) args: Args,
    /// The function's full name.
    pub(crate) name: &'static str,
}

/// Builds the rows of a file's functions: each charges its base cost from the table of
/// signatures and then does its work.
macro_rules! bind {
    ($($name:literal => $f:path),* $(,)?) => {
        pub(crate) const FUNCTIONS: &[(&str, gatos_vm::native::NativeFn)] = &[$(($name, {
            fn entry(vm: &mut gatos_vm::Vm, args: gatos_vm::Args) -> Result<u32, gatos_vm::Trap> {
                const BASE: u64 = gatos_sigs::base_cost($name);
                vm.charge(BASE)?;
                $f(&mut $crate::call::Call { vm, args, name: $name })
            }
            entry
        })),*];
    };
}
pub(crate) use bind;

impl Call<'_> {
    /// The number of arguments.
    #[inline]
    pub(crate) fn n(&self) -> usize {
        self.args.len()
    }

    /// Argument `i` from 0; nil when absent.
    #[inline]
    pub(crate) fn arg(&self, i: usize) -> Value {
        self.vm.arg(self.args, i)
    }

    /// The type of argument `i`, in words.
    pub(crate) fn type_of(&self, i: usize) -> &'static str {
        if i < self.n() { self.arg(i).type_name() } else { "no value" }
    }

    /// An error with this text.
    #[cold]
    pub(crate) fn error(&mut self, text: &str) -> Trap {
        self.vm.error(text)
    }

    /// An error about argument `i`.
    #[cold]
    pub(crate) fn bad(&mut self, i: usize, why: &str) -> Trap {
        let text = format!("bad argument #{} to '{}' ({why})", i + 1, self.name);
        self.vm.error(&text)
    }

    #[cold]
    fn wrong_type(&mut self, i: usize, want: &str) -> Trap {
        let why = format!("{want} expected, got {}", self.type_of(i));
        self.bad(i, &why)
    }

    /// An argument that must be there, whatever it is.
    pub(crate) fn any(&mut self, i: usize) -> Result<Value, Trap> {
        if i < self.n() { Ok(self.arg(i)) } else { Err(self.bad(i, "value expected")) }
    }

    /// A string, or a number as its text.
    #[inline]
    pub(crate) fn str<'s>(&mut self, i: usize) -> Result<&'s [u8], Trap> {
        let v = self.arg(i);
        match v.tag() {
            Tag::Str => Ok(v.str_bytes()),
            Tag::Int | Tag::Fixed => {
                let mut text = Vec::new();
                self.vm.push_text(&mut text, v);
                Ok(self.vm.new_string(&text)?.str_bytes())
            }
            _ => Err(self.wrong_type(i, "string")),
        }
    }

    /// A string, or nothing.
    pub(crate) fn opt_str<'s>(&mut self, i: usize) -> Result<Option<&'s [u8]>, Trap> {
        if self.arg(i).is_nil() { Ok(None) } else { self.str(i).map(Some) }
    }

    /// A number, or a string that spells one.
    #[inline]
    pub(crate) fn num(&mut self, i: usize) -> Result<Num, Trap> {
        let v = self.arg(i);
        match v.as_num() {
            Some(n) => Ok(n),
            None => self.num_slow(i, v),
        }
    }

    #[cold]
    fn num_slow(&mut self, i: usize, v: Value) -> Result<Num, Trap> {
        self.bytes(v.str_bytes().len())?;
        match v.as_str().and_then(tonumber) {
            Some(n) => Ok(n),
            None => Err(self.wrong_type(i, "number")),
        }
    }

    /// An integer, or what is equal to one.
    #[inline]
    pub(crate) fn int(&mut self, i: usize) -> Result<i64, Trap> {
        if let Some(n) = self.arg(i).as_int() {
            return Ok(n);
        }
        match self.num(i)?.to_int() {
            Some(n) => Ok(n),
            None => Err(self.bad(i, NumError::NotInteger.text())),
        }
    }

    /// An integer, or `default` when it is absent or nil.
    #[inline]
    pub(crate) fn opt_int(&mut self, i: usize, default: i64) -> Result<i64, Trap> {
        if self.arg(i).is_nil() { Ok(default) } else { self.int(i) }
    }

    /// A table.
    #[inline]
    pub(crate) fn table(&mut self, i: usize) -> Result<Value, Trap> {
        let v = self.arg(i);
        if v.tag() == Tag::Table { Ok(v) } else { Err(self.wrong_type(i, "table")) }
    }

    /// A function, or nothing.
    pub(crate) fn opt_function(&mut self, i: usize) -> Result<Option<Value>, Trap> {
        let v = self.arg(i);
        match v.tag() {
            Tag::Nil => Ok(None),
            Tag::Closure | Tag::Native | Tag::Iter => Ok(Some(v)),
            _ => Err(self.wrong_type(i, "function")),
        }
    }

    /// Charges for work on `n` bytes.
    #[inline]
    pub(crate) fn bytes(&mut self, n: usize) -> Result<(), Trap> {
        self.per(n, gatos_sigs::BYTES_PER_FUEL)
    }

    /// Charges one fuel for each whole `each` in `n`.
    #[inline]
    pub(crate) fn per(&mut self, n: usize, each: u32) -> Result<(), Trap> {
        let fuel = n as u64 / u64::from(each);
        if fuel > 0 { self.vm.charge(fuel) } else { Ok(()) }
    }

    /// No result.
    pub(crate) fn none(&mut self) -> Ret {
        Ok(0)
    }

    /// One result.
    #[inline]
    pub(crate) fn one(&mut self, v: Value) -> Ret {
        self.vm.ret1(self.args, v)
    }

    /// Several results.
    pub(crate) fn all(&mut self, values: &[Value]) -> Ret {
        self.vm.ret_all(self.args, values)
    }

    /// One string as the result, its bytes charged for.
    pub(crate) fn one_string(&mut self, bytes: &[u8]) -> Ret {
        self.bytes(bytes.len())?;
        let v = self.vm.new_string(bytes)?;
        self.one(v)
    }

    /// A string that was paid for piece by piece as the result.
    pub(crate) fn one_paid(&mut self, mut out: Buffer) -> Ret {
        out.pay(self.vm, 0)?;
        let v = self.vm.new_string(&out.bytes)?;
        self.one(v)
    }

    /// A number as the result, or its error.
    pub(crate) fn number(&mut self, n: Result<Num, NumError>) -> Ret {
        match n {
            Ok(n) => self.one(Value::num(n)),
            Err(e) => Err(self.vm.num_error(e)),
        }
    }

    /// What `tostring` gives: a string value.
    pub(crate) fn tostring(&mut self, v: Value) -> Result<Value, Trap> {
        Ok(match v.tag() {
            Tag::Str => v,
            Tag::Nil => self.vm.literal("nil"),
            Tag::True => self.vm.literal("true"),
            Tag::False => self.vm.literal("false"),
            Tag::Null => self.vm.literal("null"),
            Tag::Int | Tag::Fixed => {
                let mut text = Vec::new();
                self.vm.push_text(&mut text, v);
                self.vm.new_string(&text)?
            }
            _ => {
                let h = self.vm.meta_field(v, "__tostring");
                if h.is_nil() {
                    return Err(self.vm.error(if v.tag() == Tag::Table {
                        "a table has no text of its own that would stay the same; give it a '__tostring', or use json.encode_canonical"
                    } else {
                        "a function has no text that would stay the same"
                    }));
                }
                self.vm.charge(4)?;
                let r = self.vm.call1(h, &[v])?;
                match r.tag() {
                    Tag::Str => r,
                    Tag::Int | Tag::Fixed => return self.tostring(r),
                    _ => return Err(self.vm.error("'__tostring' must return a string")),
                }
            }
        })
    }

    /// The bytes of what `tostring` gives.
    pub(crate) fn text_of<'s>(&mut self, v: Value) -> Result<&'s [u8], Trap> {
        Ok(self.tostring(v)?.str_bytes())
    }
}

/// The trap of used-up memory.
pub(crate) const OUT_OF_MEMORY: Trap = Trap(TrapKind::Limit(Limit::Memory));

/// A string being built: it stops where the finished string could not be paid for.
#[derive(Default)]
pub(crate) struct Buffer {
    pub(crate) bytes: Vec<u8>,
    /// Fuel charged for the bytes so far, where they are paid for piece by piece.
    paid: u64,
}

impl Buffer {
    /// Makes sure that `n` more bytes may be added.
    pub(crate) fn room(&mut self, vm: &mut Vm, n: usize) -> Result<(), Trap> {
        let len = self.bytes.len().saturating_add(n);
        if len > MAX_STRING {
            return Err(vm.error("string too long"));
        }
        if len as u64 > vm.memory_left() {
            // Leaves the account as the finished string would have left it.
            vm.charge_memory(len as u64)?;
            return Err(OUT_OF_MEMORY);
        }
        Ok(())
    }

    /// Charges for the bytes so far and `n` more: all in all one fuel for each whole 64 of the
    /// finished string, so that a call that fails half-way has paid for its half.
    pub(crate) fn pay(&mut self, vm: &mut Vm, n: usize) -> Result<(), Trap> {
        let all = self.bytes.len().saturating_add(n) as u64 / u64::from(gatos_sigs::BYTES_PER_FUEL);
        if all > self.paid {
            vm.charge(all - self.paid)?;
            self.paid = all;
        }
        Ok(())
    }

    /// Adds bytes and pays for them.
    pub(crate) fn push_paid(&mut self, vm: &mut Vm, bytes: &[u8]) -> Result<(), Trap> {
        self.room(vm, bytes.len())?;
        self.pay(vm, bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Adds bytes.
    pub(crate) fn push(&mut self, vm: &mut Vm, bytes: &[u8]) -> Result<(), Trap> {
        self.room(vm, bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// Where a position from 1 (or from the end, when negative) begins: an offset, not bounded above.
pub(crate) fn start(pos: i64, len: usize) -> usize {
    let len = len as i64;
    let p = if pos > 0 {
        pos
    } else if pos == 0 || pos < -len {
        1
    } else {
        len + pos + 1
    };
    usize::try_from(p - 1).unwrap_or(usize::MAX)
}

/// Where a range that includes position `pos` ends: an offset past it, at most `len`.
pub(crate) fn end(pos: i64, len: usize) -> usize {
    let l = len as i64;
    let p = if pos > l {
        l
    } else if pos >= 0 {
        pos
    } else if pos < -l {
        0
    } else {
        l + pos + 1
    };
    usize::try_from(p).unwrap_or(0)
}

/// Appends a display text.
pub(crate) fn shown(x: impl core::fmt::Display) -> String {
    format!("{x}")
}
