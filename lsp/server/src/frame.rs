//! Messages on the wire: `Content-Length` headers and JSON bodies. Garbage costs one message and is told; only the
//! end of the input ends the reading.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The largest message that is taken in: an editor may send whole files, and we say ourselves which are too large.
pub const MAX_MESSAGE_BYTES: u64 = 128 << 20;
/// The largest message that is read past; a length above it is a mistake, and nothing so long will follow.
const MAX_SKIPPED_BYTES: u64 = 256 << 20;
/// What is kept of a long line without an end, so that a header at its end is found: more than a header is long.
const CARRIED_BYTES: usize = 64;
/// The longest header line.
const MAX_HEADER_BYTES: u64 = 4 << 10;

/// What was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Frame {
    /// The body of a message.
    Body(Vec<u8>),
    /// Something that is no message.
    Garbage(String),
    /// The end.
    End,
}

/// Reads the next message.
pub async fn read<R: AsyncBufRead + Unpin>(input: &mut R) -> Frame {
    let mut length: Option<u64> = None;
    let mut garbage: Option<String> = None;
    let mut any = false;
    let mut carried = Vec::new();
    loop {
        let mut line = std::mem::take(&mut carried);
        match (&mut *input).take(MAX_HEADER_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return Frame::End,
            Ok(_) => {}
        }
        if line.last() != Some(&b'\n') {
            // Too long for a header; or the end, which is seen in a moment.
            let piece = String::from_utf8_lossy(&line);
            garbage.get_or_insert_with(|| format!("{:?} is no header", shown(&piece)));
            any = true;
            carried = line.split_off(line.len().saturating_sub(CARRIED_BYTES));
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            match (length, garbage) {
                (Some(length), None) => return body(input, length).await,
                (_, Some(why)) => return Frame::Garbage(why),
                // Empty lines between messages do no harm.
                (None, None) if !any => {
                    garbage = None;
                    continue;
                }
                (None, None) => return Frame::Garbage("a message without Content-Length".to_owned()),
            }
        }
        any = true;
        match text.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                // A second length, or one after garbage: the last is the one next to the body.
                match value.trim().parse() {
                    Ok(n) => (length, garbage) = (Some(n), None),
                    Err(_) => garbage = Some(format!("Content-Length is {:?}", shown(value.trim()))),
                }
            }
            // Other headers say nothing that we act on: bodies are UTF-8, whatever Content-Type calls it.
            Some((name, _)) if is_header_name(name) => {}
            // A body that nobody expected has no line of its own: the next header stands right behind it.
            _ => match behind_body(text) {
                Some(n) => (length, garbage) = (Some(n), None),
                None => garbage = Some(format!("{:?} is no header", shown(text))),
            },
        }
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The length in a header at the end of a line that begins as something else.
fn behind_body(line: &str) -> Option<u64> {
    const NAME: &str = "content-length:";
    let at = line.to_ascii_lowercase().rfind(NAME)?;
    line.get(at + NAME.len()..)?.trim().parse().ok()
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

async fn body<R: AsyncRead + Unpin>(input: &mut R, length: u64) -> Frame {
    if length > MAX_SKIPPED_BYTES {
        return Frame::Garbage(format!("Content-Length is {length}; at most {MAX_MESSAGE_BYTES} bytes are taken"));
    }
    if length > MAX_MESSAGE_BYTES {
        // It is read past in pieces, so that the next message is found.
        let mut left = input.take(length);
        let skipped = tokio::io::copy(&mut left, &mut tokio::io::sink()).await;
        return match skipped {
            Ok(n) if n == length => {
                Frame::Garbage(format!("a message of {length} bytes; at most {MAX_MESSAGE_BYTES} are taken"))
            }
            _ => Frame::End,
        };
    }
    // Grows with what arrives: a length alone reserves nothing.
    let mut bytes = Vec::new();
    match input.take(length).read_to_end(&mut bytes).await {
        Ok(n) if n as u64 == length => Frame::Body(bytes),
        _ => Frame::End,
    }
}

/// Writes a message.
///
/// # Errors
/// When nobody reads any more.
pub async fn write<W: AsyncWrite + Unpin>(output: &mut W, body: &[u8]) -> std::io::Result<()> {
    // One write for header and body: a pipe's reader wakes once.
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    output.write_all(&bytes).await?;
    output.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn frames(mut input: &[u8]) -> Vec<Frame> {
        let mut out = Vec::new();
        for _ in 0..100 {
            let frame = read(&mut input).await;
            let is_end = frame == Frame::End;
            out.push(frame);
            if is_end {
                return out;
            }
        }
        panic!("the reading does not end");
    }

    fn body(text: &str) -> Frame {
        Frame::Body(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn messages_follow_each_other() {
        let input =
            b"Content-Length: 2\r\n\r\n{}content-length:4\r\nContent-Type: application/x; charset=utf8\r\n\r\nnull";
        assert_eq!(frames(input).await, [body("{}"), body("null"), Frame::End]);
    }

    #[tokio::test]
    async fn what_is_written_is_read_again() {
        let mut bytes = Vec::new();
        for text in ["{}", "", "{\"é\":1}"] {
            write(&mut bytes, text.as_bytes()).await.expect("memory takes it");
        }
        assert_eq!(frames(&bytes).await, [body("{}"), body(""), body("{\"é\":1}"), Frame::End]);
    }

    #[tokio::test]
    async fn garbage_costs_itself_alone() {
        let after = b"\r\n\r\nContent-Length: 2\r\n\r\n{}";
        for garbage in ["Content-Length: two", "hello world", "X-A: b", "\u{1f600}", "Content-Length: -1", "{\"a\":"] {
            let mut input = garbage.as_bytes().to_vec();
            input.extend_from_slice(after);
            let read = frames(&input).await;
            assert!(matches!(read.first(), Some(Frame::Garbage(_))), "{garbage}: {read:?}");
            assert_eq!(read.get(1..), Some(&[body("{}"), Frame::End][..]), "{garbage}");
        }
    }

    #[tokio::test]
    async fn an_input_that_stops_in_the_middle_ends() {
        for input in ["", "Content-Length: 5", "Content-Length: 5\r\n\r\n{}", "\r\n\r\n"] {
            assert_eq!(frames(input.as_bytes()).await, [Frame::End], "{input:?}");
        }
    }

    #[tokio::test]
    async fn a_length_alone_reserves_nothing() {
        let input = format!("Content-Length: {}\r\n\r\n{{}}", u64::MAX);
        let read = frames(input.as_bytes()).await;
        assert!(matches!(&read[..], [Frame::Garbage(_), Frame::End]), "{read:?}");
    }

    #[tokio::test]
    async fn a_length_that_cannot_be_true_is_not_waited_for() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(9_000));
        for filled in 0..80 {
            for sent in ["", "{}", "{\"a\":\n 1}", long.as_str()] {
                let sent = format!("{sent}{}", " ".repeat(filled));
                let input = format!("Content-Length: 99999999999\r\n\r\n{sent}Content-Length: 4\r\n\r\nnull");
                let read = frames(input.as_bytes()).await;
                assert!(matches!(read.first(), Some(Frame::Garbage(_))), "{read:?}");
                assert_eq!(read.get(1..), Some(&[body("null"), Frame::End][..]), "{sent}");
            }
        }
    }
}
