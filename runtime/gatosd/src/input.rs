//! Files people hand over: whole ones with a size limit, and lines of plain, gzip or zstd text.
//! What a file is, its first bytes say, not its name: stdin has none.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use crate::failure::{Failure, Result};

/// The longest line: an event must hold it, and events have a limit of their own.
pub const MAX_LINE_BYTES: usize = 16 << 20;
/// The largest program or document that is read whole.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Reads a whole file, `-` for stdin.
///
/// # Errors
/// When it cannot be read, is a directory, or is larger than any sensible program.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let (source, name): (Box<dyn Read>, PathBuf) = open(path)?;
    let mut bytes = Vec::new();
    source.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Failure::io("read", &name, &e))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Failure::input(format!("{} is larger than {} MiB", name.display(), MAX_FILE_BYTES >> 20)));
    }
    Ok(bytes)
}

/// Reads a whole text file, `-` for stdin.
///
/// # Errors
/// As [`read_file`], and when the bytes are not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    let bytes = read_file(path)?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = e.as_bytes().get(..at).unwrap_or_default().iter().filter(|b| **b == b'\n').count() + 1;
        Failure::input(format!("{} is not text: byte {at}, on line {line}, is not UTF-8", path.display()))
            .help("save the file as UTF-8, or name another one")
    })
}

fn open(path: &Path) -> Result<(Box<dyn Read>, PathBuf)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), PathBuf::from("stdin")));
    }
    let file = File::open(path).map_err(|e| Failure::io("read", path, &e))?;
    // Opening a directory succeeds; reading it is what fails, with a message of its own.
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Failure::io("read", path, &io::ErrorKind::IsADirectory.into()));
    }
    Ok((Box::new(file), path.to_path_buf()))
}

/// The lines of a file, one after the other, decompressed on the way.
pub struct Lines {
    source: Box<dyn BufRead>,
    name: PathBuf,
    packed: Option<&'static str>,
    line: u64,
    buffer: Vec<u8>,
}

impl Lines {
    /// Opens a file of lines, `-` for stdin.
    ///
    /// # Errors
    /// When it cannot be opened or its compression is broken from the start.
    pub fn open(path: &Path) -> Result<Lines> {
        let (source, name) = open(path)?;
        Lines::from_reader(source, name)
    }

    /// Lines of bytes that are in memory already.
    ///
    /// # Errors
    /// When the compression is broken from the start.
    pub fn from_reader(source: Box<dyn Read>, name: PathBuf) -> Result<Lines> {
        let mut source = BufReader::with_capacity(1 << 16, source);
        let head = source.fill_buf().map_err(|e| Failure::io("read", &name, &e))?;
        let (source, packed): (Box<dyn BufRead>, _) = if head.starts_with(&GZIP) {
            (Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(source))), Some("gzip"))
        } else if head.starts_with(&ZSTD) {
            let decoder = StreamingDecoder::new(source).map_err(|e| broken(&name, "zstd", 0, &e.to_string()))?;
            (Box::new(BufReader::with_capacity(1 << 16, decoder)), Some("zstd"))
        } else {
            (Box::new(source), None)
        };
        Ok(Lines { source, name, packed, line: 0, buffer: Vec::new() })
    }

    /// What messages call the file.
    pub fn name(&self) -> String {
        self.name.display().to_string()
    }

    /// The next line, without its line feed; `None` at the end.
    ///
    /// # Errors
    /// When reading or decompressing fails, or the line is longer than any event may be.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<&[u8]>> {
        self.buffer.clear();
        self.line += 1;
        let limit = MAX_LINE_BYTES as u64 + 2;
        let read = (&mut self.source).take(limit).read_until(b'\n', &mut self.buffer);
        match read {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(e) => {
                return Err(match self.packed {
                    Some(how) => broken(&self.name, how, self.line, &e.to_string()),
                    None => Failure::io("read", &self.name, &e),
                });
            }
        }
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
        }
        if self.buffer.len() > MAX_LINE_BYTES {
            return Err(Failure::input(format!(
                "{}: line {} is longer than {} MiB",
                self.name(),
                self.line,
                MAX_LINE_BYTES >> 20
            ))
            .help("each line is one event; put large content beside the events and a pointer into them"));
        }
        Ok(Some(&self.buffer))
    }
}

fn broken(name: &Path, how: &str, line: u64, detail: &str) -> Failure {
    let ends_early =
        detail.contains("incomplete") || detail.contains("end of file") || detail.contains("failed to fill");
    let what = if ends_early {
        format!("{}: the {how} data ends early, near line {line}", name.display())
    } else {
        format!("{}: the {how} data is damaged near line {line}: {detail}", name.display())
    };
    Failure::input(what).help("the file is incomplete or damaged: fetch it again, and run the same command once more")
}
