//! A policy function's call in progress: operands checked against the row, sizes charged, errors
//! turned into undefined or, under strict rules, into the end of the query.
//!
//! Strings are bytes that nearly always are UTF-8; only decoders (`base64.decode`, `hex.decode`)
//! can give others, so whatever reads characters says what it does with those.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_num::{Num, NumError};
use gatos_sigs::rgs::{Builtin, Types};
use gatos_vm::doc::{BuiltinError, DocKind};
use gatos_vm::{Args, Trap, Value, Vm};

/// What ends a function without a value.
pub(crate) enum Stop {
    /// A limit, or an error that ends the query whatever the rules.
    Trap(Trap),
    /// A builtin error; the text goes without the function's name.
    Builtin(String),
    /// An operand of the wrong kind; the text goes without the function's name.
    Type(String),
    /// No result, and no error.
    Undefined,
}

impl From<Trap> for Stop {
    fn from(trap: Trap) -> Stop {
        Stop::Trap(trap)
    }
}

impl From<NumError> for Stop {
    fn from(error: NumError) -> Stop {
        Stop::Builtin(String::from(error.text()))
    }
}

/// What a policy function gives.
pub(crate) type Done = Result<Value, Stop>;

/// A builtin error.
#[cold]
pub(crate) fn fail<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Builtin(text.into()))
}

/// A type error.
#[cold]
pub(crate) fn fail_type<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Type(text.into()))
}

/// `operand 2 must be <want> but got <got>`, operands counted from 0 here.
#[cold]
pub(crate) fn fail_operand<T>(i: usize, want: &str, got: &str) -> Result<T, Stop> {
    Err(Stop::Type(format!("operand {} must be {want} but got {got}", i + 1)))
}

/// A call of a policy function.
pub(crate) struct PolicyCall<'a> {
    pub(crate) vm: &'a mut Vm,
    pub(crate) args: Args,
    pub(crate) row: &'static Builtin,
}

/// Builds the rows of a file's functions, each `fn(&mut PolicyCall) -> Done`: `"name" => function`.
macro_rules! bind_rgs {
    ($($name:literal => $f:path),* $(,)?) => {
        pub(crate) const FUNCTIONS: &[(&str, gatos_vm::native::NativeFn)] = &[$(($name, {
            fn entry(vm: &mut gatos_vm::Vm, args: gatos_vm::Args) -> Result<u32, gatos_vm::Trap> {
                const ROW: &gatos_sigs::rgs::Builtin = gatos_sigs::rgs::row($name);
                let mut call = $crate::rgs::call::PolicyCall { vm, args, row: ROW };
                match call.begin() {
                    Ok(()) => {
                        let done = $f(&mut call);
                        call.end(done)
                    }
                    Err(stop) => call.end(Err(stop)),
                }
            }
            entry
        })),*];
    };
}
pub(crate) use bind_rgs;

/// The bit of a value's kind.
pub(crate) fn types_of(kind: DocKind) -> Types {
    match kind {
        DocKind::Undefined => Types(0),
        DocKind::Null => Types::NULL,
        DocKind::Boolean => Types::BOOLEAN,
        DocKind::Number => Types::NUMBER,
        DocKind::String => Types::STRING,
        DocKind::Array => Types::ARRAY,
        DocKind::Object => Types::OBJECT,
        DocKind::Set => Types::SET,
    }
}

/// A kind's name in Rego.
pub(crate) fn kind_name(kind: DocKind) -> &'static str {
    kind.name()
}

/// `string`, or `one of {array, set}`.
pub(crate) fn wanted(types: Types) -> String {
    let names: Vec<&str> = types.names().collect();
    match names.as_slice() {
        [one] => String::from(*one),
        many => format!("one of {{{}}}", many.join(", ")),
    }
}

impl PolicyCall<'_> {
    /// Charges the base cost and checks every operand's kind.
    #[inline]
    pub(crate) fn begin(&mut self) -> Result<(), Stop> {
        self.vm.charge(u64::from(self.row.cost.base))?;
        for (i, p) in self.row.params.iter().enumerate() {
            if p.ty != Types::ANY {
                let kind = self.kind(i);
                if !p.ty.meets(types_of(kind)) {
                    return fail_operand(i, &wanted(p.ty), kind_name(kind));
                }
            }
        }
        Ok(())
    }

    /// Gives the result.
    #[inline]
    pub(crate) fn end(&mut self, done: Done) -> Result<u32, Trap> {
        match done {
            Ok(v) => self.vm.ret1(self.args, v),
            Err(Stop::Trap(trap)) => Err(trap),
            Err(Stop::Undefined) => self.vm.ret1(self.args, Value::NIL),
            Err(Stop::Builtin(text)) => self.vm.builtin_error(self.args, BuiltinError::Builtin, &text),
            Err(Stop::Type(text)) => self.vm.builtin_error(self.args, BuiltinError::Type, &text),
        }
    }

    /// Operand `i` from 0.
    #[inline]
    pub(crate) fn arg(&self, i: usize) -> Value {
        self.vm.arg(self.args, i)
    }

    /// Its kind.
    #[inline]
    pub(crate) fn kind(&self, i: usize) -> DocKind {
        self.vm.doc_kind(self.arg(i))
    }

    /// The kind's name of any value.
    pub(crate) fn name_of(&self, v: Value) -> &'static str {
        kind_name(self.vm.doc_kind(v))
    }

    /// A string's bytes; empty for anything else.
    #[inline]
    pub(crate) fn bytes<'s>(&self, i: usize) -> &'s [u8] {
        self.arg(i).str_bytes()
    }

    /// A string operand as text; a builtin error when it is not UTF-8.
    pub(crate) fn str<'s>(&self, i: usize) -> Result<&'s str, Stop> {
        utf8(self.bytes(i))
    }

    /// A string operand as text, U+FFFD for what is not UTF-8.
    pub(crate) fn lossy<'s>(&self, i: usize) -> Cow<'s, str> {
        String::from_utf8_lossy(self.bytes(i))
    }

    /// A number operand; the row lets nothing else through.
    #[inline]
    pub(crate) fn num(&self, i: usize) -> Num {
        self.arg(i).as_num().unwrap_or(Num::Int(0))
    }

    /// A whole number; a type error for one with a fraction.
    pub(crate) fn int(&self, i: usize) -> Result<i64, Stop> {
        match self.num(i).to_int() {
            Some(n) => Ok(n),
            None => fail_operand(i, "integer number", "floating-point number"),
        }
    }

    /// A boolean operand; the row lets nothing else through.
    pub(crate) fn bool(&self, i: usize) -> bool {
        self.arg(i).as_bool().unwrap_or(false)
    }

    /// The members of an array or set operand, in order.
    #[inline]
    pub(crate) fn items<'s>(&self, i: usize) -> &'s [Value] {
        self.vm.doc_items(self.arg(i))
    }

    /// Fuel.
    #[inline]
    pub(crate) fn charge(&mut self, fuel: usize) -> Result<(), Stop> {
        Ok(self.vm.charge(fuel as u64)?)
    }

    /// Fuel for this many bytes read, compared or written.
    #[inline]
    pub(crate) fn charge_bytes(&mut self, n: usize) -> Result<(), Stop> {
        self.charge(n / gatos_sigs::BYTES_PER_FUEL as usize)
    }

    /// Fuel for this many bytes that are looked at character by character.
    #[inline]
    pub(crate) fn charge_chars(&mut self, n: usize) -> Result<(), Stop> {
        self.charge(n / gatos_sigs::CHAR_BYTES_PER_FUEL as usize)
    }

    /// Fuel and memory for bytes that are put together before they become a string.
    pub(crate) fn charge_output(&mut self, n: usize) -> Result<(), Stop> {
        self.charge_bytes(n)?;
        Ok(self.vm.charge_memory(n as u64)?)
    }

    /// Fuel and memory for members that are put together before they become a document.
    pub(crate) fn charge_members(&mut self, n: usize) -> Result<(), Stop> {
        self.charge(n)?;
        Ok(self.vm.charge_memory((n as u64).saturating_mul(16))?)
    }

    /// A new string.
    #[inline]
    pub(crate) fn string(&mut self, text: impl AsRef<[u8]>) -> Done {
        Ok(self.vm.new_string(text.as_ref())?)
    }

    /// A number; whole ones become integers.
    #[inline]
    pub(crate) fn number(&self, n: Num) -> Value {
        self.vm.doc_number(n)
    }

    /// The order of two values.
    pub(crate) fn cmp(&mut self, a: Value, b: Value) -> Result<Ordering, Stop> {
        Ok(self.vm.doc_cmp(a, b)?)
    }

    /// An array.
    pub(crate) fn array(&mut self, items: &[Value]) -> Done {
        Ok(self.vm.doc_array(items)?)
    }

    /// A set of values in any order.
    pub(crate) fn set(&mut self, items: Vec<Value>) -> Done {
        Ok(self.vm.doc_set(items)?)
    }

    /// An object; of equal keys the last counts.
    pub(crate) fn object(&mut self, entries: Vec<(Value, Value)>) -> Done {
        Ok(self.vm.doc_object(entries)?)
    }

    /// The strings of an array or set; `want` is what the error asks for.
    pub(crate) fn strings<'s>(&mut self, i: usize, want: &str) -> Result<Vec<&'s [u8]>, Stop> {
        let items = self.items(i);
        self.charge_members(items.len())?;
        let mut out = Vec::with_capacity(items.len());
        for v in items {
            match v.as_str() {
                Some(s) => out.push(s),
                None => return fail_operand(i, want, self.name_of(*v)),
            }
        }
        Ok(out)
    }
}

/// Text, or a builtin error.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Stop> {
    match core::str::from_utf8(bytes) {
        Ok(s) => Ok(s),
        Err(_) => fail("the string is not UTF-8"),
    }
}
