//! The push gate behind HTTP: stock Git's own server program, called by the smallest web server that will do.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::Place;

/// Serves the repositories below a folder until the test ends.
fn serve(root: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that hangs up is its own affair.
            let _ = answer(stream, &root);
        }
    });
    address
}

fn answer(stream: TcpStream, root: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("").to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut command = Command::new("git");
    command.arg("http-backend").env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GIT_DIR");
    // Whoever is let in by the web server may push as far as it is concerned; the gate asks further.
    command
        .env("REMOTE_USER", "somebody")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query);
    let (mut length, mut chunked) = (0usize, false);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "transfer-encoding" => chunked = value.contains("chunked"),
            "content-type" => _ = command.env("CONTENT_TYPE", value),
            "content-encoding" => _ = command.env("HTTP_CONTENT_ENCODING", value),
            "git-protocol" => _ = command.env("GIT_PROTOCOL", value),
            "expect" => reader.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else {
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
    }
    command.env("CONTENT_LENGTH", body.len().to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&body));
    let out = child.wait_with_output()?.stdout;
    let _ = writer.join();
    let end = out.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(out.len());
    let head = String::from_utf8_lossy(&out[..end]).into_owned();
    let status = head.lines().find_map(|l| l.strip_prefix("Status: ")).unwrap_or("200 OK");
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n")?;
    for line in head.lines().filter(|l| !l.starts_with("Status: ")) {
        write!(stream, "{line}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(out.get(end + 4..).unwrap_or_default())
}

#[test]
fn pushes_over_http_are_judged_too() {
    let helper = Command::new("git").arg("--exec-path").output().unwrap();
    let helper = Path::new(String::from_utf8_lossy(&helper.stdout).trim()).join("git-remote-http");
    if !helper.exists() {
        // A Git built without HTTP cannot be asked.
        return;
    }
    let place = Place::empty();
    place.git(&["init", "-q", "--bare", "served/shared.git"]).ok();
    place.gatos(&["install-hooks", "--server", "served/shared.git"]).ok();
    place.gatos(&["init", "ann", "--actor", "user:ann"]).ok();
    let url = format!("{}/shared.git", serve(place.path("served")));
    let git = |args: &[&str]| place.git(&[&["-C", "ann", "-c", "http.proxy="][..], args].concat());
    let gatos = |args: &[&str]| place.gatos(&[&["-C", "ann"][..], args].concat());
    git(&["push", &url, "refs/gatos/*:refs/gatos/*"]).ok();
    // Enough for a body in chunks.
    place.write("events.jsonl", common::corpus(0, 3000));
    gatos(&["event", "import", "commits", "--jsonl", "../events.jsonl"]).ok();
    let journal = "refs/gatos/journal/commits/user/ann";
    let pushed = git(&["push", &url, journal]);
    assert!(pushed.err.contains("3 000 events checked"), "{}", pushed.err);
    pushed.ok();
    git(&["push", &url, &format!("+{journal}~1:{journal}")]).fails(1, &["this push is refused", "(fast-forward)"]);
    gatos(&["key", "new", "user:bob"]).ok();
    git(&["push", &url, "refs/gatos/trust"]).ok();
    // What Bob may do only in a world where he is granted it.
    gatos(&["trust", "grant", "user:bob", "journal:append"]).ok();
    gatos(&["event", "add", "shop", "--type", "t", "--actor", "user:bob"]).ok();
    git(&["push", &url, "refs/gatos/journal/shop/user/bob"]).fails(
        1,
        &["refs/gatos/journal/shop/user/bob (policy)", "caps missing: journal:append", "push refs/gatos/trust along"],
    );
    git(&["push", &url, "refs/gatos/journal/shop/user/bob", "refs/gatos/trust"]).ok();
    git(&["fetch", "-q", &url, &format!("{journal}:refs/fetched")]).ok();
}
