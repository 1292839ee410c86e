//! Where words go: results to stdout, everything else to stderr, colour and progress bars only
//! where someone is looking.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gatos_canon::Value;
use gatos_compiler::render::printable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::failure::{Exit, Failure, Result};

/// The two streams of a command.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Facts as JSON instead of words.
    pub json: bool,
    out_is_terminal: bool,
    err_is_terminal: bool,
    colour: bool,
}

/// Whether the reader of stdout went away.
static READER_GONE: AtomicBool = AtomicBool::new(false);

fn written(result: io::Result<()>) -> Result<()> {
    match result {
        Ok(()) => Ok(()),
        // Nobody reads the rest, but how the command ends is still asked for.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
            READER_GONE.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(e) => Err(Failure::world(format!("cannot write to stdout: {e}"))),
    }
}

impl Output {
    /// The streams of this process. `NO_COLOR` and pipes are respected.
    pub fn new(json: bool) -> Output {
        let err_is_terminal = io::stderr().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|v| v == "dumb");
        Output {
            json,
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal,
            colour: err_is_terminal && !no_colour,
        }
    }

    /// Whether stderr takes colour.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// Whether stdout takes colour.
    pub fn colour_stdout(&self) -> bool {
        self.out_is_terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
    }

    /// Bytes to stdout, as they are.
    pub fn bytes(&self, bytes: &[u8]) -> Result<()> {
        let mut out = io::stdout().lock();
        written(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// A line to stdout.
    pub fn line(&self, text: impl AsRef<str>) -> Result<()> {
        let mut line = text.as_ref().to_owned();
        line.push('\n');
        self.bytes(line.as_bytes())
    }

    /// Ends a long list whose reader went away (`| head`). Only for commands whose list is all there is to them.
    pub fn going(&self) -> Result<()> {
        if READER_GONE.load(Ordering::Relaxed) { Err(Failure::closed()) } else { Ok(()) }
    }

    /// Canonical bytes to stdout: exactly those that were hashed, so that a pipe can check the
    /// root; someone reading at a terminal gets a line end.
    pub fn canonical(&self, bytes: &[u8]) -> Result<()> {
        self.bytes(bytes)?;
        if self.out_is_terminal { self.bytes(b"\n") } else { Ok(()) }
    }

    /// Facts: as one line of JSON with `--json`, else as the given words.
    pub fn facts(&self, facts: Facts, words: impl FnOnce() -> String) -> Result<()> {
        if self.json { self.line(facts.into_json()) } else { self.words(words()) }
    }

    /// A line for people to stdout: what came from outside cannot steer their terminal.
    pub fn words(&self, text: impl AsRef<str>) -> Result<()> {
        self.line(printable(text.as_ref()))
    }

    /// A line that a program logs, to stderr: on a terminal as people may see it, else as it is.
    pub fn log(line: &[u8]) {
        let mut err = io::stderr().lock();
        let text = String::from_utf8_lossy(line);
        let line = if err.is_terminal() { printable(&text).into_owned().into_bytes() } else { line.to_vec() };
        let _ = err.write_all(&line).and_then(|()| err.write_all(b"\n"));
    }

    /// A line to stderr. Nobody listening there is no reason to stop.
    pub fn say(&self, text: impl AsRef<str>) {
        self.painted(printable(text.as_ref()));
    }

    /// A line to stderr that may have colours of our own; all else in it was made printable before.
    pub fn painted(&self, text: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
    }

    /// A warning to stderr.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.painted(format!("{}: {}", self.paint("33;1", "warning"), printable(text.as_ref())));
    }

    /// Tells a failure and gives its exit code.
    pub fn tell(&self, failure: &Failure) -> Exit {
        if !failure.what.is_empty() {
            let mut text = format!("{}: {}", self.paint("31;1", "error"), printable(&failure.what));
            for note in &failure.notes {
                text.push_str(&format!("\n  {}", printable(note).replace('\n', "\n  ")));
            }
            for help in &failure.help {
                text.push_str(&format!("\n  {}: {}", self.paint("36", "help"), printable(help)));
            }
            self.painted(text);
        }
        failure.exit
    }

    /// Text in a colour (SGR numbers) where stderr takes it.
    pub fn paint(&self, sgr: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{sgr}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A progress bar on stderr; hidden unless someone is looking.
    pub fn progress(&self, what: &'static str, total: Option<u64>) -> ProgressBar {
        if !self.err_is_terminal || self.json {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(12))
            // However the command ends, what follows starts on a clean line.
            .with_finish(ProgressFinish::AndClear);
        let template = match total {
            Some(_) => "{prefix:>10} {bar:30} {human_pos}/{human_len} {per_sec} {eta}",
            None => "{prefix:>10} {spinner} {human_pos} {per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

/// Facts for `--json`: one object, its fields in the order they were named.
#[derive(Default)]
pub struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// No facts yet.
    pub fn new() -> Facts {
        Facts::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &'static str, value: impl ToString) -> Facts {
        self.value(name, &Value::Text(value.to_string()))
    }

    /// Adds a text where there is one.
    #[must_use]
    pub fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Facts {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a number.
    #[must_use]
    pub fn int(mut self, name: &'static str, value: u64) -> Facts {
        self.0.push((name, value.to_string()));
        self
    }

    /// Adds a truth.
    #[must_use]
    pub fn flag(mut self, name: &'static str, value: bool) -> Facts {
        self.0.push((name, value.to_string()));
        self
    }

    /// Adds a tree.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: &Value) -> Facts {
        self.0.push((name, value.to_json_string()));
        self
    }

    /// Adds JSON that is text already.
    #[must_use]
    pub fn json(mut self, name: &'static str, json: impl Into<String>) -> Facts {
        self.0.push((name, json.into()));
        self
    }

    /// Adds a list of texts.
    #[must_use]
    pub fn list<T: ToString>(self, name: &'static str, items: impl IntoIterator<Item = T>) -> Facts {
        let items = items.into_iter().map(|item| Value::Text(item.to_string())).collect();
        self.value(name, &Value::Array(items))
    }

    /// The object as JSON.
    pub fn into_json(self) -> String {
        let fields: Vec<String> = self.0.into_iter().map(|(name, json)| format!("{}:{json}", quote(name))).collect();
        format!("{{{}}}", fields.join(","))
    }
}

fn quote(name: &str) -> String {
    Value::Text(name.to_owned()).to_json_string()
}

/// A number with thin groups: 20 000 as people read it.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// A size as people read it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{}.{} KiB", bytes >> 10, ((bytes & 1023) * 10) >> 10),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

/// A time span as people read it.
pub fn span(time: Duration) -> String {
    let ms = time.as_millis();
    match ms {
        0..10 => format!("{} µs", time.as_micros()),
        10..1_000 => format!("{ms} ms"),
        _ => format!("{}.{:02} s", ms / 1000, ms % 1000 / 10),
    }
}
