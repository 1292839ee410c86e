//! Messages on a stream: a header with the length, an empty line, the JSON text.

/// The longest message.
const MAX_MESSAGE: usize = 64 << 20;
/// The longest header.
const MAX_HEADER: usize = 8 << 10;

/// Cuts a stream of bytes into messages, however the bytes come.
#[derive(Default, Debug)]
pub struct Framer {
    buffer: Vec<u8>,
}

impl Framer {
    /// One that has no bytes yet.
    pub fn new() -> Framer {
        Framer::default()
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message.
    ///
    /// # Errors
    /// A sentence when what is there is no message; what follows cannot be understood then.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, String> {
        let Some((header, body)) = self.header()? else { return Ok(None) };
        let mut length = None;
        for line in header.split("\r\n").flat_map(|line| line.split('\n')) {
            let Some((name, value)) = line.split_once(':') else {
                return Err(format!("{:?} is no header line", line.chars().take(60).collect::<String>()));
            };
            if name.trim().eq_ignore_ascii_case("content-length") {
                let n: usize = value.trim().parse().map_err(|_| format!("{:?} is no length", value.trim()))?;
                length = Some(n);
            }
        }
        let length = length.ok_or("a message without Content-Length")?;
        if length > MAX_MESSAGE {
            return Err(format!("a message of {length} bytes is longer than {MAX_MESSAGE}"));
        }
        let Some(end) = body.checked_add(length).filter(|end| *end <= self.buffer.len()) else { return Ok(None) };
        let message = self.buffer.get(body..end).unwrap_or_default().to_vec();
        self.buffer.drain(..end);
        Ok(Some(message))
    }

    /// The header's text, and where the body begins.
    fn header(&self) -> Result<Option<(String, usize)>, String> {
        let find = |mark: &[u8]| self.buffer.windows(mark.len()).take(MAX_HEADER).position(|w| w == mark);
        let (at, mark) = match (find(b"\r\n\r\n"), find(b"\n\n")) {
            (Some(a), Some(b)) if b < a => (b, 2),
            (Some(a), _) => (a, 4),
            (None, Some(b)) => (b, 2),
            (None, None) if self.buffer.len() > MAX_HEADER => {
                return Err("this is not the protocol: no message begins here".to_owned());
            }
            (None, None) => return Ok(None),
        };
        let text = String::from_utf8_lossy(self.buffer.get(..at).unwrap_or_default()).into_owned();
        Ok(Some((text, at + mark)))
    }
}

/// A message with its header.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let mut out = format!("Content-Length: {}\r\n\r\n", message.len()).into_bytes();
    out.extend_from_slice(message);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_they_come() {
        let mut stream = frame(b"{\"a\":1}");
        stream.extend(frame(b"{}"));
        for size in 1..stream.len() {
            let mut framer = Framer::new();
            let mut found = Vec::new();
            for piece in stream.chunks(size) {
                framer.push(piece);
                while let Some(message) = framer.take().unwrap() {
                    found.push(message);
                }
            }
            assert_eq!(found, [b"{\"a\":1}".to_vec(), b"{}".to_vec()]);
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let long = vec![b'x'; MAX_HEADER + 1];
        let all: [&[u8]; 4] =
            [b"hello\r\n\r\n", b"Content-Length: -1\r\n\r\n", b"Content-Length: 99999999999\r\n\r\n", &long];
        for bytes in all {
            let mut framer = Framer::new();
            framer.push(bytes);
            assert!(framer.take().is_err(), "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
        }
    }
}
