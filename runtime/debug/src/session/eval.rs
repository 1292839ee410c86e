//! Expressions over a stopped run. They cannot change it: a path (`state.by_id[event.actor]`) is
//! followed in the machine itself, and anything else is compiled as a program of its own that gets
//! copies of the paths' values, a little fuel, and no way back.

use super::look::{Found, Look};
use gatos_canon::Value as Plain;
use gatos_compiler::rgs::PolicyOptions;
use gatos_compiler::{KindChoice, Options, Source, compile, no_modules};
use gatos_syntax::diagnostic::{Diagnostic, Severity};
use gatos_syntax::echolua::ast::{Expr, ExprKind, StmtKind, TableItem};
use gatos_syntax::span::Span;
use gatos_vm::{DecideError, Input, Limits, Question, Silent, Tag, Value, View, Vm};

/// What an expression may cost.
pub(crate) const LIMITS: Limits = Limits { fuel: 2_000_000, depth: 200, memory: 64 << 20 };
/// The longest expression.
const LONGEST: usize = 10_000;
/// The most bytes of a copied value.
const MAX_COPY: usize = 16 << 20;
const HEAD: &str = "return ";

/// What an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// A value of the run itself.
    Live(Value),
    /// Plain data that was computed.
    Plain(Plain),
    /// Something else, as text with its type.
    Other(String, &'static str),
}

impl Given {
    /// Whether a condition takes it for true.
    pub(crate) fn holds(&self) -> bool {
        match self {
            Given::Live(v) => v.truthy(),
            Given::Plain(v) => *v != Plain::Bool(false),
            Given::Other(text, _) => text != "nil" && text != "undefined",
        }
    }
}

/// The value of an EchoLua expression.
///
/// # Errors
/// A sentence about what is wrong with it.
pub(crate) fn evaluate(look: &Look<'_>, view: &View<'_>, text: &str) -> Result<Given, String> {
    if text.len() > LONGEST {
        return Err(format!("an expression has at most {LONGEST} bytes"));
    }
    if look.program.policy.is_some() {
        return Err("this is a policy".to_owned());
    }
    let whole = format!("{HEAD}{text}");
    let expr = parsed(&whole)?;
    if let Some(found) = path(look, view, &expr) {
        return found;
    }
    computed(look, view, &whole, &expr)
}

/// The one expression of a text with its head.
fn parsed(whole: &str) -> Result<Expr, String> {
    let mut parsed = gatos_syntax::echolua::parse(whole);
    let text = whole.get(HEAD.len()..).unwrap_or_default().trim();
    let first = match parsed.ast.stmts.first_mut().map(|s| &mut s.kind) {
        Some(StmtKind::Return(values)) => std::mem::take(values),
        _ => Vec::new(),
    };
    let wrong = |why: String| format!("`{text}` is no expression: {why}");
    let rest = first.last().and_then(|e| whole.get(e.span.end as usize..)).unwrap_or_default().trim();
    if let Some(message) = first_error(&parsed.diagnostics) {
        // The head is nothing that anybody wrote.
        return Err(wrong(match first.last() {
            Some(last) if parsed.ast.stmts.len() > 1 || message.contains("`return`") => {
                let end = whole.get(HEAD.len()..last.span.end as usize).unwrap_or_default().trim();
                format!("`{end}` is one, and `{rest}` cannot follow it")
            }
            None if message.contains("`return`") => "it is a statement".to_owned(),
            _ => message,
        }));
    }
    let mut first = first;
    match (first.pop(), first.is_empty(), parsed.ast.stmts.len()) {
        (Some(only), true, 1) => Ok(only),
        (None, _, _) => Err("there is no expression".to_owned()),
        _ => Err(wrong("write one".to_owned())),
    }
}

/// What is wrong with an expression wherever it may be asked.
///
/// # Errors
/// A sentence about that.
pub(crate) fn check(text: &str, is_policy: bool) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("an expression has at most {LONGEST} bytes"));
    }
    if is_policy { parsed_policy(text) } else { parsed(&format!("{HEAD}{text}")).map(|_| ()) }
}

/// Checks that a text is one expression of a policy.
fn parsed_policy(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("there is no expression".to_owned());
    }
    if text.contains('\n') {
        return Err("write one expression on one line".to_owned());
    }
    let parsed = gatos_syntax::rgs::parse_query(&format!("value := {text}"));
    match first_error(&parsed.diagnostics) {
        Some(message) => Err(format!("`{}` is no expression: {message}", text.trim())),
        None if parsed.body.literals.len() != 1 => Err(format!("`{}` is no expression: write one", text.trim())),
        None => Ok(()),
    }
}

/// Whether a text may be naming something: the word, not after a dot.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        !before.ends_with(word) && !before.trim_end().ends_with('.') && !after.starts_with(word)
    })
}

fn first_error(diagnostics: &[Diagnostic]) -> Option<String> {
    diagnostics.iter().find(|d| d.severity == Severity::Error).map(|d| d.message.clone())
}

/// Whether a name is one of the library, or a table of it.
fn is_library(name: &str) -> bool {
    let dotted = format!("{name}.");
    gatos_stdlib::library().names().any(|n| n == name || n.starts_with(&dotted))
}

/// The value of a path, when the expression is one and does not begin in the library.
fn path(look: &Look<'_>, view: &View<'_>, expr: &Expr) -> Option<Result<Given, String>> {
    // The links of the path, last first.
    let mut links = Vec::new();
    let mut at = expr;
    let root = loop {
        match &at.kind {
            ExprKind::Paren(inner) => at = inner,
            ExprKind::Field { object, name } => {
                links.push(Link::Name(&name.name));
                at = object;
            }
            ExprKind::Index { object, key } => {
                links.push(Link::Key(key));
                at = object;
            }
            ExprKind::Name(name) => break name,
            _ => return None,
        }
    };
    let found = match look.find(view, root) {
        Some(found) => found,
        None if is_library(root) => return None,
        None => return Some(Err(format!("there is no variable `{root}` here"))),
    };
    let mut value = match found {
        Found::Live(v) => v,
        // Constants are written into the expression instead.
        Found::Known(text) if links.is_empty() => return Some(constant(&text)),
        Found::Known(_) => return None,
    };
    for link in links.into_iter().rev() {
        match follow(look, view, value, link)? {
            Ok(v) => value = v,
            Err(e) => return Some(Err(e)),
        }
    }
    Some(Ok(Given::Live(value)))
}

#[derive(Clone, Copy)]
enum Link<'e> {
    Name(&'e str),
    Key(&'e Expr),
}

/// One step of a path; nothing when its key has to be computed.
fn follow(look: &Look<'_>, view: &View<'_>, of: Value, link: Link<'_>) -> Option<Result<Value, String>> {
    let vm = view.vm();
    let by_name = |name: &[u8]| Some(get(vm, of, &|t| vm.raw_get_named(t, name)));
    let by_number = |i: i64| Some(get(vm, of, &|t| vm.raw_get_int(t, i)));
    let key = match link {
        Link::Name(name) => return by_name(name.as_bytes()),
        Link::Key(key) => key,
    };
    match &key.kind {
        ExprKind::Str(s) => by_name(s),
        ExprKind::Number(text) => by_number(text.parse().ok()?),
        _ => match path(look, view, key)? {
            Ok(Given::Live(k)) => Some(get(vm, of, &|t| if k.is_nil() { Value::NIL } else { vm.raw_get(t, k) })),
            Ok(Given::Plain(Plain::Text(s))) => by_name(s.as_bytes()),
            Ok(Given::Plain(Plain::Int(i))) => by_number(i),
            Ok(_) => None,
            Err(e) => Some(Err(e)),
        },
    }
}

/// A field, through metatables whose `__index` are tables: nothing of the program may run for it.
fn get(vm: &Vm, of: Value, raw: &dyn Fn(Value) -> Value) -> Result<Value, String> {
    let mut at = of;
    for _ in 0..100 {
        if at.tag() != Tag::Table {
            return Err(format!("attempt to index a {} value", at.type_name()));
        }
        let v = raw(at);
        let meta = vm.metatable(at);
        if !v.is_nil() || meta.is_nil() {
            return Ok(v);
        }
        at = vm.raw_get_named(meta, b"__index");
        match at.tag() {
            Tag::Nil => return Ok(Value::NIL),
            Tag::Table => {}
            _ => return Err("metamethods are not called in expressions".to_owned()),
        }
    }
    Err("the chain of `__index` is too long".to_owned())
}

/// A constant as a value: its text is that of an expression without variables.
fn constant(text: &str) -> Result<Given, String> {
    run(&format!("{HEAD}{text}"), &[], None)
}

/// The value of an expression that is no path.
fn computed(look: &Look<'_>, view: &View<'_>, whole: &str, expr: &Expr) -> Result<Given, String> {
    let mut copies = Vec::new();
    let mut cuts: Vec<(Span, String)> = Vec::new();
    let mut todo = vec![expr];
    while let Some(e) = todo.pop() {
        match &e.kind {
            ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. } => {
                match path(look, view, e) {
                    Some(Ok(Given::Live(v))) => {
                        if matches!(v.tag(), Tag::Closure | Tag::Iter) {
                            return Err("functions of the program cannot be called in expressions".to_owned());
                        }
                        cuts.push((e.span, format!("_{}", copies.len())));
                        copies.push(v);
                        continue;
                    }
                    Some(Err(why)) => return Err(why),
                    Some(Ok(_)) | None => {}
                }
                match &e.kind {
                    ExprKind::Name(name) => {
                        if let Some(Found::Known(text)) = look.find(view, name) {
                            cuts.push((e.span, format!("({text})")));
                        }
                    }
                    ExprKind::Field { object, .. } => todo.push(object),
                    ExprKind::Index { object, key } => todo.extend([&**object, &**key]),
                    _ => {}
                }
            }
            ExprKind::Call { callee, args } => {
                todo.push(callee);
                todo.extend(args);
            }
            ExprKind::Method { object, args, .. } => {
                todo.push(object);
                todo.extend(args);
            }
            ExprKind::Binary { left, right, .. } => todo.extend([&**left, &**right]),
            ExprKind::Unary { operand, .. } => todo.push(operand),
            ExprKind::Paren(inner) => todo.push(inner),
            ExprKind::Table(items) => {
                for item in items {
                    match item {
                        TableItem::Positional(v) | TableItem::Named(_, v) => todo.push(v),
                        TableItem::Keyed(k, v) => todo.extend([k, v]),
                    }
                }
            }
            ExprKind::Function(_) => return Err("functions cannot be written in expressions".to_owned()),
            ExprKind::Vararg => return Err("`...` is not known here; look at the variables".to_owned()),
            _ => {}
        }
    }
    if copies.len() > 100 {
        return Err("too many variables in one expression".to_owned());
    }
    cuts.sort_by_key(|(span, _)| span.start);
    let mut text = String::new();
    let mut at = 0usize;
    for (span, with) in cuts {
        let (start, end) = (span.start as usize, span.end as usize);
        text.push_str(whole.get(at..start).unwrap_or_default());
        text.push_str(&with);
        at = end;
    }
    text.push_str(whole.get(at..).unwrap_or_default());
    let names: Vec<String> = (0..copies.len()).map(|i| format!("_{i}")).collect();
    let program = format!("return function({})\n{text}\nend", names.join(", "));
    run(&program, &copies, Some(view.vm()))
}

/// Runs a program that gives the value, or a function that gives it for copies of values.
fn run(text: &str, args: &[Value], from: Option<&Vm>) -> Result<Given, String> {
    let options = Options { kind: KindChoice::Script, ..Options::default() };
    let done = compile(Source { name: "<expression>", text }, &no_modules, &options);
    let Some(done) = done.program else {
        let all: Vec<Diagnostic> = done.diagnostics.into_iter().map(|d| d.diagnostic).collect();
        return Err(first_error(&all).unwrap_or_else(|| "this is no expression".to_owned()));
    };
    let mut vm =
        Vm::new(&done.program, &gatos_stdlib::library(), LIMITS, Box::new(Silent)).map_err(|e| e.to_string())?;
    vm.open();
    let main = vm.main();
    let mut value = vm.call_continued(main, &[]).map_err(|e| e.message)?.first().copied().unwrap_or(Value::NIL);
    if let Some(from) = from {
        let copied: Result<Vec<Value>, String> = args.iter().map(|v| copy(from, *v, &mut vm)).collect();
        let copied = copied?;
        value = vm.call_continued(value, &copied).map_err(|e| e.message)?.first().copied().unwrap_or(Value::NIL);
    }
    let mut json = Vec::new();
    Ok(match (vm.encode_json(value, &mut json), value.tag()) {
        (_, Tag::Int | Tag::Fixed) => {
            let mut text = Vec::new();
            vm.push_text(&mut text, value);
            let kind = if value.tag() == Tag::Int { "integer" } else { "fixed" };
            Given::Other(String::from_utf8_lossy(&text).into_owned(), kind)
        }
        (Ok(()), _) => match Plain::from_json_bytes(&json) {
            Ok(plain) => Given::Plain(plain),
            Err(e) => Given::Other(e.to_string(), "?"),
        },
        (Err(_), Tag::Str) => Given::Other(super::look::quoted(value.str_bytes()), "string"),
        (Err(_), Tag::Nil) => Given::Other("nil".to_owned(), "nil"),
        (Err(_), _) => Given::Other(value.type_name().to_owned(), value.type_name()),
    })
}

/// A value of one machine in another.
fn copy(from: &Vm, v: Value, to: &mut Vm) -> Result<Value, String> {
    match v.tag() {
        Tag::Str => to.new_string(v.str_bytes()).map_err(|_| "the value is too large for an expression".to_owned()),
        Tag::Table => {
            let mut json = Vec::new();
            from.encode_json(v, &mut json).map_err(|e| {
                format!("{} cannot be copied into an expression: {}", e.path_text("the value"), e.reason.text())
            })?;
            if json.len() > MAX_COPY {
                return Err("the value is too large for an expression".to_owned());
            }
            to.unmeter();
            let copied = to.decode_json(&json).map_err(|_| "the value is too large for an expression".to_owned());
            to.open();
            copied
        }
        // A library function is the same everywhere, but not in another machine.
        Tag::Native => Err("library functions are written by their names".to_owned()),
        Tag::Closure | Tag::Iter => Err("functions of the program cannot be called in expressions".to_owned()),
        _ => Ok(v),
    }
}

/// The value of an expression of a policy, over the variables that it names.
///
/// # Errors
/// A sentence about what is wrong with it.
pub(crate) fn evaluate_policy(
    vars: &[(String, Plain)],
    input: Option<&[u8]>,
    data: &[u8],
    text: &str,
) -> Result<Given, String> {
    check(text, true)?;
    let named: Vec<&(String, Plain)> = vars.iter().filter(|(name, _)| names(text, name)).collect();
    let mut body = String::from("package expression\n\nr := value if {\n");
    for (i, (name, _)) in named.iter().enumerate() {
        body.push_str(&format!("\t{name} := input.vars[{i}]\n"));
    }
    body.push_str(&format!("\tvalue := {text} with input as input.input\n}}\n"));
    let done =
        gatos_compiler::rgs::compile(&[Source { name: "<expression>", text: &body }], None, &PolicyOptions::default());
    let Some(done) = done.program else {
        let all: Vec<Diagnostic> = done.diagnostics.into_iter().map(|d| d.diagnostic).collect();
        return Err(first_error(&all).unwrap_or_else(|| "this is no expression".to_owned()));
    };
    let library = gatos_stdlib::rgs::library();
    let mut vm = Vm::new(&done.program, &library, LIMITS, Box::new(Silent)).map_err(|e| e.to_string())?;
    vm.load_data(data).map_err(|e| e.to_string())?;
    let mut given = String::from("{\"vars\":[");
    for (i, (_, value)) in named.iter().enumerate() {
        given.push_str(if i > 0 { "," } else { "" });
        given.push_str(&value.to_json_string());
    }
    given.push(']');
    if let Some(input) = input.and_then(|input| std::str::from_utf8(input).ok()) {
        given.push_str(",\"input\":");
        given.push_str(input);
    } else {
        given.push_str(",\"input\":null");
    }
    given.push('}');
    let told = |e: DecideError| e.to_string();
    let document = vm.find_document(&["expression", "r"]).ok_or("the expression has no value")?;
    let value = vm.decide(Question::Document(document), Input::Json(given.as_bytes())).map_err(told)?;
    if value.is_nil() {
        return Ok(Given::Other("undefined".to_owned(), "undefined"));
    }
    let mut json = Vec::new();
    vm.doc_json(value, &mut json).map_err(|e| e.reason.text().to_owned())?;
    Plain::from_json_bytes(&json).map(Given::Plain).map_err(|e| e.to_string())
}
