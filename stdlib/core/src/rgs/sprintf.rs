//! `sprintf`: Go's format language over integers, decimals and strings. Everything else comes as
//! its Rego text, so to a verb it is a string, and a verb that does not suit its argument says so
//! in the output, `%!d(string=x)`. Decimals are printed from their exact digits.

use super::text::{escape, first_rune, quote, runes};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::iter::repeat_n;
use gatos_num::{Fix, fix_text, format_fixed};

/// An argument.
pub(crate) enum Arg<'a> {
    /// `int`
    Int(i64),
    /// `float64`
    Decimal(Fix),
    /// `string`
    Text(&'a [u8]),
}

impl Arg<'_> {
    fn type_name(&self) -> &'static str {
        match self {
            Arg::Int(_) => "int",
            Arg::Decimal(_) => "float64",
            Arg::Text(_) => "string",
        }
    }
}

/// The widest field and the longest fraction; a larger number in a format counts as none.
const MOST: usize = 1_000_000;

#[derive(Default)]
struct Flags {
    sharp: bool,
    zero: bool,
    plus: bool,
    minus: bool,
    space: bool,
    /// `%#v`
    go_syntax: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

struct Printer<'a, E> {
    out: Vec<u8>,
    flags: Flags,
    args: &'a [Arg<'a>],
    /// Asked before this many more bytes are written.
    room: &'a mut dyn FnMut(usize) -> Result<(), E>,
}

/// The formatted text. `room` is told of the bytes of each piece before it is written, and may end
/// the work.
pub(crate) fn sprintf<E>(
    format: &[u8],
    args: &[Arg],
    room: &mut dyn FnMut(usize) -> Result<(), E>,
) -> Result<Vec<u8>, E> {
    let mut p = Printer { out: Vec::new(), flags: Flags::default(), args, room };
    p.run(format)?;
    Ok(p.out)
}

/// Where in the arguments a format is.
struct Place {
    next: usize,
    /// An index in brackets was used somewhere.
    reordered: bool,
    good: bool,
    /// No closing bracket follows any more, so none is looked for.
    unclosed: bool,
}

impl<E> Printer<'_, E> {
    fn run(&mut self, format: &[u8]) -> Result<(), E> {
        let mut place = Place { next: 0, reordered: false, good: true, unclosed: false };
        let mut at = 0;
        while at < format.len() {
            let plain = format[at..].iter().position(|b| *b == b'%').unwrap_or(format.len() - at);
            self.write(&format[at..at + plain])?;
            at += plain;
            if at < format.len() {
                at = self.verb(format, at + 1, &mut place)?;
            }
        }
        if !place.reordered && place.next < self.args.len() {
            self.flags = Flags::default();
            self.write(b"%!(EXTRA ")?;
            for i in place.next..self.args.len() {
                if i > place.next {
                    self.write(b", ")?;
                }
                self.typed(i)?;
            }
            self.write(b")")?;
        }
        Ok(())
    }

    /// `type=value`
    fn typed(&mut self, i: usize) -> Result<(), E> {
        self.write(self.args[i].type_name().as_bytes())?;
        self.write(b"=")?;
        self.argument(i, 'v')
    }

    /// One verb, from after its `%`; gives where the next text begins.
    fn verb(&mut self, format: &[u8], mut at: usize, place: &mut Place) -> Result<usize, E> {
        self.flags = Flags::default();
        place.good = true;
        while let Some(b) = format.get(at) {
            match b {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            at += 1;
        }
        let mut indexed = self.index(format, &mut at, place);
        if format.get(at) == Some(&b'*') {
            at += 1;
            match self.int_argument(place) {
                Some(n) => {
                    self.flags.minus |= n < 0;
                    self.flags.width = Some(n.unsigned_abs() as usize);
                }
                None => self.write(b"%!(BADWIDTH)")?,
            }
            indexed = false;
        } else {
            self.flags.width = number(format, &mut at);
            place.good &= !(indexed && self.flags.width.is_some());
        }
        if format.get(at) == Some(&b'.') {
            at += 1;
            place.good &= !indexed;
            indexed = self.index(format, &mut at, place);
            if format.get(at) == Some(&b'*') {
                at += 1;
                match self.int_argument(place) {
                    Some(n) if n >= 0 => self.flags.precision = Some(n as usize),
                    _ => self.write(b"%!(BADPREC)")?,
                }
                indexed = false;
            } else {
                self.flags.precision = Some(number(format, &mut at).unwrap_or(0));
            }
        }
        if !indexed {
            self.index(format, &mut at, place);
        }
        let Some((verb, len)) = first_rune(&format[at.min(format.len())..]) else {
            self.write(b"%!(NOVERB)")?;
            return Ok(format.len());
        };
        at += len;
        if verb == '%' {
            self.write(b"%")?;
        } else if !place.good || place.next >= self.args.len() {
            let why = if place.good { "MISSING" } else { "BADINDEX" };
            self.write(format!("%!{verb}({why})").as_bytes())?;
        } else {
            if verb == 'v' {
                self.flags.go_syntax = core::mem::take(&mut self.flags.sharp);
                self.flags.plus = false;
            }
            place.next += 1;
            self.argument(place.next - 1, verb)?;
        }
        Ok(at)
    }

    /// An argument's index in brackets, from 1.
    fn index(&self, format: &[u8], at: &mut usize, place: &mut Place) -> bool {
        if format.get(*at) != Some(&b'[') {
            return false;
        }
        place.reordered = true;
        let close = if place.unclosed { None } else { memchr::memchr(b']', &format[*at..]) };
        let Some(close) = close else {
            place.unclosed = true;
            place.good = false;
            *at += 1;
            return false;
        };
        let inside = &format[*at + 1..*at + close];
        *at += close + 1;
        let mut end = 0;
        match number(inside, &mut end) {
            Some(n) if end == inside.len() && (1..=self.args.len()).contains(&n) => {
                place.next = n - 1;
                true
            }
            _ => {
                place.good = false;
                false
            }
        }
    }

    /// A width or precision that an argument gives.
    fn int_argument(&self, place: &mut Place) -> Option<i64> {
        let arg = self.args.get(place.next)?;
        place.next += 1;
        match arg {
            Arg::Int(n) if n.unsigned_abs() <= MOST as u64 => Some(*n),
            _ => None,
        }
    }

    fn write(&mut self, text: &[u8]) -> Result<(), E> {
        (self.room)(text.len())?;
        self.out.extend_from_slice(text);
        Ok(())
    }

    /// Writes a piece in its field.
    fn pad(&mut self, text: &[u8], zeros: bool) -> Result<(), E> {
        let len = runes(text).count();
        let fill = self.flags.width.unwrap_or(0).saturating_sub(len);
        (self.room)(text.len() + fill)?;
        if self.flags.minus {
            self.out.extend_from_slice(text);
            self.out.extend(repeat_n(b' ', fill));
        } else {
            self.out.extend(repeat_n(if zeros { b'0' } else { b' ' }, fill));
            self.out.extend_from_slice(text);
        }
        Ok(())
    }

    fn argument(&mut self, i: usize, verb: char) -> Result<(), E> {
        let args = self.args;
        let done = match (&args[i], verb) {
            (arg, 'T') => {
                self.text(arg.type_name().as_bytes())?;
                true
            }
            (Arg::Int(n), verb) => self.int(*n, verb)?,
            (Arg::Decimal(f), verb) => self.decimal(*f, verb)?,
            (Arg::Text(s), verb) => self.string(s, verb)?,
        };
        if !done {
            self.write(format!("%!{verb}(").as_bytes())?;
            self.typed(i)?;
            self.write(b")")?;
        }
        Ok(())
    }

    fn int(&mut self, n: i64, verb: char) -> Result<bool, E> {
        let size = n.unsigned_abs();
        let (digits, prefix) = match verb {
            'd' | 'v' => (format!("{size}"), ""),
            'b' => (format!("{size:b}"), "0b"),
            'o' => (format!("{size:o}"), "0"),
            'O' => (format!("{size:o}"), ""),
            'x' => (format!("{size:x}"), "0x"),
            'X' => (format!("{size:X}"), "0X"),
            'c' => {
                let c = character(n);
                self.pad(c.encode_utf8(&mut [0; 4]).as_bytes(), self.flags.zero)?;
                return Ok(true);
            }
            'q' => {
                let mut quoted = Vec::from(*b"'");
                escape(character(n), '\'', self.flags.plus, &mut quoted);
                quoted.push(b'\'');
                self.pad(&quoted, self.flags.zero)?;
                return Ok(true);
            }
            'U' => {
                let mut text = format!("U+{:01$X}", size, self.flags.precision.unwrap_or(4).clamp(4, 64));
                if self.flags.sharp && n >= 0 {
                    text.push_str(&format!(" '{}'", character(n)));
                }
                self.pad(text.as_bytes(), false)?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        let sign = self.sign(n < 0);
        let least = match (self.flags.precision, self.flags.width) {
            (Some(0), _) if n == 0 => {
                self.pad(b"", false)?;
                return Ok(true);
            }
            (Some(p), _) => p,
            (None, Some(w)) if self.flags.zero && !self.flags.minus => w.saturating_sub(sign.len()),
            _ => 0,
        };
        let zeros = least.saturating_sub(digits.len());
        (self.room)(zeros)?;
        let mut text = String::from(sign);
        if verb == 'O' {
            text.push_str("0o");
        } else if self.flags.sharp && !(verb == 'o' && (zeros > 0 || size == 0)) {
            text.push_str(prefix);
        }
        text.extend(repeat_n('0', zeros));
        text.push_str(&digits);
        self.pad(text.as_bytes(), false)?;
        Ok(true)
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        }
    }

    fn decimal(&mut self, f: Fix, verb: char) -> Result<bool, E> {
        let precision = self.flags.precision;
        (self.room)(precision.unwrap_or(0))?;
        let mut text = String::new();
        match verb {
            'f' | 'F' => {
                format_fixed(f, precision.unwrap_or(6), &mut text);
                if let Some(rest) = text.strip_prefix('-') {
                    text = String::from(rest);
                }
            }
            'e' | 'E' => {
                let p = precision.unwrap_or(6);
                write_e(&Digits::exact(f).rounded(p.saturating_add(1)), p, verb, &mut text);
            }
            'g' | 'G' | 'v' => {
                let e = if verb == 'G' { 'E' } else { 'e' };
                write_g(f, precision, e, &mut text);
            }
            _ => return Ok(false),
        }
        let sign = self.sign(f.raw() < 0);
        let width = self.flags.width.unwrap_or(0);
        if self.flags.zero && !self.flags.minus && !sign.is_empty() && width > sign.len() + text.len() {
            // The zeros go between sign and digits.
            self.write(sign.as_bytes())?;
            self.flags.width = Some(width - sign.len());
            self.pad(text.as_bytes(), true)?;
        } else {
            text.insert_str(0, sign);
            self.pad(text.as_bytes(), self.flags.zero)?;
        }
        Ok(true)
    }

    /// The part of a string that the precision leaves.
    fn cut<'s>(&self, s: &'s [u8]) -> &'s [u8] {
        match self.flags.precision {
            Some(p) => &s[..runes(s).take(p).map(|(_, len)| len).sum()],
            None => s,
        }
    }

    fn text(&mut self, s: &[u8]) -> Result<(), E> {
        let s = self.cut(s);
        self.pad(s, self.flags.zero)
    }

    fn string(&mut self, s: &[u8], verb: char) -> Result<bool, E> {
        match verb {
            's' => self.text(s)?,
            'v' if !self.flags.go_syntax => self.text(s)?,
            'q' | 'v' => {
                let s = self.cut(s);
                // Each character is looked up.
                (self.room)(s.len().saturating_mul(4))?;
                let mut quoted = Vec::new();
                let plain = |c: char| c != '`' && (c == '\t' || (c >= ' ' && c != '\x7f' && c != '\u{FEFF}'));
                if self.flags.sharp && core::str::from_utf8(s).is_ok_and(|t| t.chars().all(plain)) {
                    quoted.push(b'`');
                    quoted.extend_from_slice(s);
                    quoted.push(b'`');
                } else {
                    quote(s, self.flags.plus, &mut quoted);
                }
                self.pad(&quoted, self.flags.zero)?;
            }
            'x' | 'X' => {
                let s = &s[..self.flags.precision.unwrap_or(s.len()).min(s.len())];
                (self.room)(s.len().saturating_mul(5))?;
                let mut hex = String::new();
                let prefix = if verb == 'x' { "0x" } else { "0X" };
                for (i, b) in s.iter().enumerate() {
                    if self.flags.space && i > 0 {
                        hex.push(' ');
                    }
                    if self.flags.sharp && (self.flags.space || i == 0) {
                        hex.push_str(prefix);
                    }
                    hex.push_str(&if verb == 'x' { format!("{b:02x}") } else { format!("{b:02X}") });
                }
                self.pad(hex.as_bytes(), self.flags.zero)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn character(n: i64) -> char {
    u32::try_from(n).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}')
}

/// A number in a format. One that is too large is none, and takes the rest of the format with it.
fn number(format: &[u8], at: &mut usize) -> Option<usize> {
    let digits = format[*at..].iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let mut n = 0usize;
    for b in &format[*at..*at + digits] {
        n = n * 10 + usize::from(b - b'0');
        if n > MOST {
            *at = format.len();
            return None;
        }
    }
    *at += digits;
    Some(n)
}

/// A size in decimal: `0.d1d2… * 10^point`, without zeros at either end; none for zero.
struct Digits {
    digits: Vec<u8>,
    point: i64,
}

impl Digits {
    /// All digits of the exact value.
    fn exact(f: Fix) -> Digits {
        let mut text = String::new();
        // 2^-32 has 32 decimals.
        format_fixed(f, 32, &mut text);
        Digits::read(&text)
    }

    /// The fewest that tell the value from its neighbours.
    fn shortest(f: Fix) -> Digits {
        Digits::read(fix_text(f).as_str())
    }

    fn read(text: &str) -> Digits {
        let text = text.trim_start_matches('-');
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let whole = whole.trim_start_matches('0');
        let mut point = whole.len() as i64;
        let mut digits = Vec::from(whole.as_bytes());
        digits.extend_from_slice(fraction.as_bytes());
        if whole.is_empty() {
            let zeros = digits.iter().take_while(|d| **d == b'0').count();
            digits.drain(..zeros);
            point = -(zeros as i64);
        }
        Digits { digits, point }.trimmed()
    }

    fn trimmed(mut self) -> Digits {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }

    /// To this many digits, half to even.
    fn rounded(mut self, n: usize) -> Digits {
        if n >= self.digits.len() {
            return self;
        }
        let next = self.digits[n];
        let more = self.digits[n + 1..].iter().any(|d| *d != b'0');
        let odd = n > 0 && (self.digits[n - 1] - b'0') % 2 == 1;
        self.digits.truncate(n);
        if next > b'5' || (next == b'5' && (more || odd)) {
            let mut i = n;
            loop {
                if i == 0 {
                    self.digits.insert(0, b'1');
                    self.point += 1;
                    break;
                }
                i -= 1;
                if self.digits[i] == b'9' {
                    self.digits[i] = b'0';
                } else {
                    self.digits[i] += 1;
                    break;
                }
            }
        }
        self.trimmed()
    }

    fn digit(&self, i: i64) -> char {
        let d = usize::try_from(i).ok().and_then(|i| self.digits.get(i)).copied();
        char::from(d.unwrap_or(b'0'))
    }
}

/// `d.ddde±dd`
fn write_e(d: &Digits, precision: usize, e: char, out: &mut String) {
    out.push(d.digit(0));
    if precision > 0 {
        out.push('.');
        out.extend((1..=precision as i64).map(|i| d.digit(i)));
    }
    let exponent = if d.digits.is_empty() { 0 } else { d.point - 1 };
    let sign = if exponent < 0 { '-' } else { '+' };
    out.push_str(&format!("{e}{sign}{:02}", exponent.unsigned_abs()));
}

/// The shorter of both ways; `e` is the mark of the exponent.
fn write_g(f: Fix, precision: Option<usize>, e: char, out: &mut String) {
    // From which exponent on the long way is left; six when the digits are the fewest there are.
    let (d, precision, limit) = match precision {
        None => {
            let d = Digits::shortest(f);
            let n = d.digits.len();
            (d, n, 6)
        }
        Some(p) => {
            let p = p.max(1);
            let d = Digits::exact(f).rounded(p);
            let n = d.digits.len();
            let limit = if p > n && n as i64 >= d.point { n } else { p };
            (d, p, limit as i64)
        }
    };
    let n = d.digits.len();
    let exponent = d.point - 1;
    if !d.digits.is_empty() && (exponent < -4 || exponent >= limit) {
        return write_e(&d, precision.min(n).saturating_sub(1), e, out);
    }
    if d.point <= 0 {
        out.push('0');
    } else {
        out.extend((0..d.point).map(|i| d.digit(i)));
    }
    if n as i64 > d.point {
        out.push('.');
        out.extend((d.point..n as i64).map(|i| d.digit(i)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::convert::Infallible;
    use gatos_num::{Num, parse_json_number};
    use std::string::ToString;

    fn fixed(text: &str) -> Arg<'static> {
        match parse_json_number(text) {
            Ok(Num::Fixed(f)) => Arg::Decimal(f),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn print(format: &str, args: &[Arg]) -> String {
        let Ok(out) = sprintf::<Infallible>(format.as_bytes(), args, &mut |_| Ok(()));
        String::from_utf8_lossy(&out).to_string()
    }

    #[test]
    fn verbs_print_what_go_prints() {
        let rows: &[(&str, &[Arg], &str)] = &[
            ("hi %s", &[Arg::Text(b"there")], "hi there"),
            ("%d|%5d|%-5d|%05d|%+d|% d", &[7, 7, 7, 7, 7, 7].map(Arg::Int), "7|    7|7    |00007|+7| 7"),
            (
                "%05d|%.3d|%x|%X|%#x|%o|%#o|%b|%O",
                &[-7, 7, 255, 255, 255, 8, 8, 5, 8].map(Arg::Int),
                "-0007|007|ff|FF|0xff|10|010|101|0o10",
            ),
            ("%c|%q|%U|%#U", &[65, 65, 0x1F600, 65].map(Arg::Int), "A|'A'|U+1F600|U+0041 'A'"),
            (
                "%.2f|%f|%8.3f|%-8.1f|%08.2f|%+.1f",
                &["3.1416", "3.1416", "3.1416", "3.1416", "-3.1416", "3.1416"].map(fixed),
                "3.14|3.141600|   3.142|3.1     |-0003.14|+3.1",
            ),
            (
                "%e|%.2e|%E|%g|%G|%v",
                &["1234.5", "0.00123", "1234.5", "1234567.5", "0.00001", "3.14"].map(fixed),
                "1.234500e+03|1.23e-03|1.234500E+03|1.2345675e+06|1E-05|3.14",
            ),
            (
                "%.3g|%.1g|%.10g|%v|%v",
                &["3.10004", "1234.5", "1234.5", "0.0001", "0.5"].map(fixed),
                "3.1|1e+03|1234.5|0.0001|0.5",
            ),
            (
                "%q|%x|% x|%#x|%.2s|%5s|%-5s|",
                &["a\"b", "hi ", "hi ", "hi ", "hello", "ab ", "ab "].map(|s| Arg::Text(s.as_bytes())),
                "\"a\\\"b\"|686920|68 69 20|0x686920|he|  ab |ab   |",
            ),
            ("%T %T %T", &[Arg::Int(1), fixed("1.5"), Arg::Text(b"")], "int float64 string"),
            ("%d", &[Arg::Text(b"x")], "%!d(string=x)"),
            ("%s", &[Arg::Int(5)], "%!s(int=5)"),
            ("%f %d", &[Arg::Int(3), fixed("3.5")], "%!f(int=3) %!d(float64=3.5)"),
            ("%t", &[Arg::Text(b"true")], "%!t(string=true)"),
            ("%d %d", &[Arg::Int(1)], "1 %!d(MISSING)"),
            ("%d", &[Arg::Int(1), Arg::Text(b"a"), Arg::Int(2)], "1%!(EXTRA string=a, int=2)"),
            ("100%% %", &[], "100% %!(NOVERB)"),
            ("%[2]d %[1]d", &[Arg::Int(1), Arg::Int(2)], "2 1"),
            ("%[3]d", &[Arg::Int(1)], "%!d(BADINDEX)"),
            ("%*d|%.*f", &[Arg::Int(4), Arg::Int(7), Arg::Int(1), fixed("2.25")], "   7|2.2"),
            ("%z", &[Arg::Int(1)], "%!z(int=1)"),
            ("%#v %v", &[Arg::Text(b"a"), Arg::Text(b"a")], "\"a\" a"),
            ("å%då", &[Arg::Int(1)], "å1å"),
        ];
        for (format, args, want) in rows {
            assert_eq!(print(format, args), *want, "{format}");
        }
    }

    #[test]
    fn a_huge_field_asks_before_it_is_made() {
        let mut asked = 0;
        let stopped = sprintf(b"%999999d", &[Arg::Int(1)], &mut |n| {
            asked += n;
            if asked > 1000 { Err(()) } else { Ok(()) }
        });
        assert!(stopped.is_err());
    }
}
