//! Bad input: an exit code, a message with place and remedy, nothing lost, nothing half-written.

mod common;

use std::io::Write;
use std::process::Command;

use common::{Place, corpus, example, field};

/// Runs a fold that must fail, and checks that nothing was published.
#[track_caller]
fn fold_fails(source: &str, words: &[&str]) {
    let place = Place::with_events(5);
    place.write("f.lua", source);
    let refs = place.refs();
    place
        .gatos(&["fold", "commits", "--program", "f.lua", "--fuel", "2000000", "--memory", "20000000"])
        .fails(1, words);
    assert_eq!(place.refs(), refs, "a failed fold publishes nothing");
}

#[test]
fn programs_that_cannot_be_read() {
    let place = Place::empty();
    place.gatos(&["run", "missing.lua"]).fails(2, &["missing.lua", "no such file"]);
    place.gatos(&["run", "."]).fails(2, &["directory"]);
    place.write("empty.elc", "");
    place.gatos(&["run", "empty.elc"]).fails(2, &["empty"]);
    place.write("source.elc", "local x = 1");
    place.gatos(&["disasm", "source.elc"]).fails(2, &["looks like source"]);
    place.write("garbage.elc", [0xa1u8, 0x61, 0x78, 0xff, 0, 1, 2, 3]);
    place.gatos(&["run", "garbage.elc"]).fails(2, &["garbage.elc", "foldc"]);
    place.write("latin1.lua", b"return 'caf\xe9'\n".as_slice());
    place.gatos(&["run", "latin1.lua"]).fails(2, &["line 1", "UTF-8"]);
    place.write("broken.lua", "local x = = 1\nlocal y = 2\n");
    place.gatos(&["foldc", "broken.lua", "-o", "out.elc"]).fails(2, &["broken.lua:1"]);
    assert!(!place.path("out.elc").exists());
    place.write("nofold.lua", "return {}\n");
    place.write("e.jsonl", "{}\n");
    place.gatos(&["run", "nofold.lua", "--events", "e.jsonl"]).fails(2, &["fold"]);
    place.write("deep.lua", format!("return {}1{}\n", "(".repeat(10_000), ")".repeat(10_000)));
    place.gatos(&["run", "deep.lua"]).fails(2, &["200"]);
    place.write("ok.lua", "return 1\n");
    place.gatos(&["foldc", "ok.lua", "-o", "no/such/folder/x.elc"]).fails(2, &["no such folder", "mkdir"]);
    place.gatos(&["run", "ok.lua", "--fuel", "0"]).fails(2, &["0"]);
    place.gatos(&["run", "ok.lua", "--nonsense"]).fails(2, &["--nonsense"]);
    place.gatos(&["run", "ok.lua", "--call", "f"]).fails(1, &["`f`"]);
}

#[test]
fn every_cut_and_flip_of_a_program_is_refused_or_runs() {
    let place = Place::empty();
    place.write("a.lua", "local n = 0\nfor i = 1, 10 do n = n + i end\nreturn n\n");
    place.gatos(&["foldc", "a.lua", "-o", "a.elc"]).ok();
    let bytes = place.read("a.elc");
    for at in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        for broken in [&bytes[..at], &flipped] {
            place.write("b.elc", broken);
            let done = place.gatos(&["run", "b.elc", "--fuel", "100000"]);
            assert!((0..=2).contains(&done.code), "{} {}", done.code, done.err);
            assert!(!done.err.contains("panicked"), "{}", done.err);
        }
    }
}

#[test]
fn lines_that_are_no_events_are_named() {
    let place = Place::ready();
    let good = corpus(0, 3);
    let import = |text: &[u8]| {
        place.write("e.jsonl", text);
        place.gatos(&["event", "import", "x", "--jsonl", "e.jsonl"])
    };
    import(b"").ok();
    import(b"\n\n").ok();
    assert_eq!(place.gatos(&["event", "log", "x"]).code, 2);
    import(b"\x00\x01\x02garbage").fails(2, &["e.jsonl", "line 1", "nothing was added"]);
    import(format!("{good}{{\"a\":}}\n").as_bytes()).fails(2, &["line 4", "3 events before it were added"]);
    // Mended, the rest goes in.
    import(format!("{good}{{\"a\":1}}\n").as_bytes()).ok();
    assert_eq!(place.gatos(&["event", "log", "x"]).ok().lines().count(), 4);
    import(format!("{}1{}\n", "[".repeat(10_000), "]".repeat(10_000)).as_bytes()).fails(2, &["line 1"]);
    import(b"{\"ts\":\"yesterday\"}\n").fails(2, &["line 1", "`ts`", "--ts-field"]);
    import(b"{\"type\":7}\n").fails(2, &["line 1", "type", "--type"]);
    import(b"{\"a\":1,\"a\":2}\n").fails(2, &["line 1"]);
    import(b"{\"a\":1e999}\n").fails(2, &["line 1"]);
    import(b"{\"a\":\"\xff\"}\n").fails(2, &["line 1"]);
    // Older than the head, and not there: journals only grow at their end.
    import(b"{\"ts\":1}\n").fails(2, &["below the journal's head", "another"]);
    place.gatos(&["event", "import", "x", "--jsonl", "missing"]).fails(2, &["missing"]);
    place.gatos(&["event", "import", "x", "--jsonl", "."]).fails(2, &["directory"]);
    place.gatos(&["event", "import", "a.b", "--jsonl", "e.jsonl"]).fails(2, &["dots"]);
    place.gatos(&["event", "import", "x/y", "--jsonl", "e.jsonl"]).fails(2, &["prefix"]);
    // The same line with another type is another content under the same ULID.
    place.write("e.jsonl", &good);
    place.gatos(&["event", "import", "x", "--jsonl", "e.jsonl", "--type", "other"]).fails(2, &["other content"]);
}

#[test]
fn compressed_files_that_end_early() {
    let place = Place::ready();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(corpus(0, 400).as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    place.write("whole.jsonl.gz", &gz);
    place.write("cut.jsonl.gz", &gz[..gz.len() / 2]);
    place.gatos(&["event", "import", "c", "--jsonl", "cut.jsonl.gz"]).fails(2, &["cut.jsonl.gz", "ends early"]);
    let facts = place.gatos(&["event", "import", "c", "--jsonl", "whole.jsonl.gz", "--json"]).ok();
    let (added, skipped): (u32, u32) =
        (field(&facts, "added").parse().unwrap(), field(&facts, "skipped").parse().unwrap());
    assert_eq!(added + skipped, 400);
    let mut damaged = gz.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    place.write("damaged.gz", &damaged);
    place.gatos(&["run", &example("authors.lua"), "--events", "damaged.gz"]).fails(2, &["damaged.gz"]);
    // By pipe, and what it is shows in its first bytes.
    let done = place.gatos_with(&["run", &example("authors.lua"), "--events", "-", "--quiet"], &gz).ok();
    assert!(done.starts_with('{'));
    // zstd, when there is a zstd to make one.
    place.write("plain.jsonl", corpus(0, 400));
    if Command::new("zstd").arg("-qf").arg(place.path("plain.jsonl")).output().is_ok_and(|o| o.status.success()) {
        assert_eq!(place.gatos(&["run", &example("authors.lua"), "--events", "plain.jsonl.zst", "--quiet"]).ok(), done);
    }
}

#[test]
fn payloads_and_bodies_that_are_wrong() {
    let place = Place::ready();
    let add = |args: &[&str]| {
        let mut all = vec!["event", "add", "x"];
        all.extend(args);
        place.gatos(&all)
    };
    add(&["--type", "t", "--payload", "{'a':1}"]).fails(2, &["--payload", "JSON"]);
    add(&["--type", "t", "--payload", "@missing.json"]).fails(2, &["missing.json"]);
    add(&["--payload", "{}"]).fails(2, &["--type"]);
    add(&["--type", " t", "--payload", "{}"]).fails(2, &["event type"]);
    add(&["--type", "t", "--payload", "{}", "--actor", "bob"]).fails(2, &["user:"]);
    add(&["--type", "t", "--payload", "{}", "--actor", "user:bob"]).fails(2, &["user:bob", "gatos key new user:bob"]);
    place.write("b.json", r#"{"type":"t","seq":4,"payload":1}"#);
    add(&["--json", "b.json"]).fails(2, &["seq"]);
    place.write("b.json", r#"{"type":"t","payload":1,"nonsense":2}"#);
    add(&["--json", "b.json"]).fails(2, &["nonsense"]);
    place.write("b.json", r#"{"type":"t","payload":1,"ns":"other"}"#);
    add(&["--json", "b.json"]).fails(2, &["ns"]);
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    place.write("deep.json", deep);
    add(&["--type", "t", "--payload", "@deep.json"]).fails(2, &["JSON"]);
    place.gatos(&["event", "show", "x", "nonsense"]).fails(2, &["ULID"]);
    place.gatos(&["event", "log", "x"]).fails(2, &["no events"]);
    place.gatos(&["fold", "x", "--program", &example("authors.lua")]).fails(2, &["no events"]);
    place.gatos(&["state", "show", "x"]).fails(2, &["no checkpoint", "gatos fold x"]);
    place.gatos(&["fold", "verify", "refs/gatos/state/x"]).fails(2, &["refs/gatos/state/x"]);
    place.gatos(&["verify", "blake3:00"]).fails(2, &["64 hex"]);
}

#[test]
fn folds_that_never_end() {
    fold_fails("function fold(state, _e) while true do end end\n", &["fuel", "f.lua:1", "--fuel", "event 0"]);
    fold_fails(
        "local function f(n) return 1 + f(n + 1) end\nfunction fold(state, _e) state.x = f(1) return state end\n",
        &["f.lua:1"],
    );
    fold_fails(
        "function fold(state, _e) local t = {} for i = 1, 1000000000 do t[i] = 'x' end return state end\n",
        &["limit"],
    );
    fold_fails(
        "function fold(state, _e) local s = 'x' for _ = 1, 100 do s = s .. s end return state end\n",
        &["memory"],
    );
    fold_fails("function fold(state, e) return e.payload.nothing.there end\n", &["f.lua:1", "its payload"]);
    fold_fails("function fold(state, _e) state.f = function() end return state end\n", &["state.f"]);
    fold_fails("function fold(state, _e) state.me = state return state end\n", &["state.me"]);
    fold_fails("function fold(_state, _e) end\n", &["return state"]);
}

#[test]
fn keys_that_others_can_read_are_refused() {
    let place = Place::with_events(2);
    Command::new("chmod").args(["644", ".git/gatos/keys/user.ann"]).current_dir(&place.0).output().unwrap();
    place.gatos(&["event", "add", "commits", "--type", "t", "--payload", "{}"]).fails(2, &["0644", "chmod 600"]);
}

#[test]
fn repositories_that_cannot_be_used() {
    let place = Place::empty();
    place.gatos(&["event", "log", "x"]).fails(2, &["gatos init"]);
    for (args, words) in [
        (["init", "-q", "--object-format=sha256", "a"], ["sha256", "sha1"]),
        (["init", "-q", "--ref-format=reftable", "b"], ["reftable", "files"]),
    ] {
        // Older versions of Git cannot make the second kind: then its configuration alone does.
        if place.git(&args).code != 0 {
            place.git(&["init", "-q", args[3]]).ok();
            place.git(&["-C", args[3], "config", "core.repositoryformatversion", "1"]).ok();
            place.git(&["-C", args[3], "config", "extensions.refstorage", "reftable"]).ok();
        }
        for command in [["-C", args[3], "init"].as_slice(), &["-C", args[3], "state", "list"]] {
            place.gatos(command).fails(2, &words);
        }
    }
}

#[test]
fn places_that_may_not_be_written() {
    let place = Place::with_events(3);
    let chmod = |mode: &str| Command::new("chmod").args(["-R", mode, ".git"]).current_dir(&place.0).output().unwrap();
    chmod("a-w");
    // The superuser may write everywhere.
    let free = std::fs::write(place.path(".git/objects/probe"), "x").is_ok();
    if !free {
        place.gatos(&["event", "add", "commits", "--type", "t", "--payload", "{}"]).fails(2, &["may not be written"]);
        place.gatos(&["fold", "commits", "--program", &example("authors.lua")]).fails(2, &["may not be written"]);
    }
    chmod("u+w");
    assert_eq!(place.gatos(&["event", "log", "commits"]).ok().lines().count(), 3);
}

#[test]
fn a_full_disk_under_stdout() {
    let place = Place::with_events(3);
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let done =
        place.command(&["event", "log", "commits"]).stdout(full).stderr(std::process::Stdio::piped()).output().unwrap();
    common::Done::from(done).fails(3, &["cannot write to stdout"]);
}

#[test]
fn configuration_that_is_wrong() {
    let place = Place::with_events(2);
    place.write("gatos/config/profile.yaml", "limits: {fuel: plenty}\n");
    place.gatos(&["fold", "commits", "--program", &example("authors.lua")]).fails(2, &["profile.yaml", "limits.fuel"]);
    place.write("gatos/config/profile.yaml", "limits: [\n");
    place.gatos(&["fold", "commits", "--program", &example("authors.lua")]).fails(2, &["profile.yaml"]);
}

#[test]
#[cfg(unix)]
fn outputs_that_are_not_regular_files_are_written_through() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let place = Place::with_events(3);
    place.write("f.lua", "return { init = function() return 0 end, fold = function(s) return s + 1 end }\n");
    place.gatos(&["foldc", "f.lua", "-o", "f.elc"]).ok();
    let fold = |out: &str| place.gatos(&["fold", "commits", "--program", "f.elc", "--out", out]);
    // A pipe stays a pipe, and who reads it gets all.
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    for want in [place.read("f.elc"), b"3".to_vec()] {
        let pipe = place.path("pipe");
        let reader = std::thread::spawn(move || std::fs::read(pipe).unwrap());
        match want.len() {
            1 => fold("pipe").ok(),
            _ => place.gatos(&["foldc", "f.lua", "-o", "pipe"]).ok(),
        };
        assert_eq!(reader.join().unwrap(), want);
        assert!(std::fs::metadata(place.path("pipe")).unwrap().file_type().is_fifo());
    }
    assert!(!place.path("pipe.map").exists());
    place.gatos(&["foldc", "f.lua", "-o", "/dev/null"]).ok();
    place.gatos(&["foldc", "f.lua", "-o", "/dev/full"]).fails(3, &["/dev/full", "no space"]);
    assert!(!std::path::Path::new("/dev/null.map").exists());
    // Links stay links, whether or not anything is at their end.
    std::fs::create_dir(place.path("deep")).unwrap();
    place.write("deep/old", "old");
    for (link, end) in [("link", "deep/old"), ("dangling", "deep/new")] {
        symlink(end, place.path(link)).unwrap();
        fold(link).ok();
        assert!(std::fs::symlink_metadata(place.path(link)).unwrap().is_symlink());
        assert_eq!(place.read(end), b"3");
    }
    place.gatos(&["foldc", "f.lua", "-o", "-"]).fails(2, &["-o names a file", "/dev/stdout"]);
    fold("-").fails(2, &["--out names a file", "gatos state show commits"]);
    assert!(!place.path("-").exists() && !place.path("-.map").exists());
}

#[test]
fn no_text_steers_the_terminal() {
    let place = Place::ready();
    let clean = |text: &str| assert!(!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')), "{text:?}");
    let evil = "\x1b]0;owned\x07\u{9b}31m";
    // An error value, the line it was raised on, and a diagnostic about such a line.
    place.write("raise.lua", format!("error(\"a\\27[31mb\\194\\155c\") -- {evil}\n"));
    let done =
        place.gatos(&["run", "raise.lua"]).fails(1, &[r"a\u{1b}[31mb\u{9b}c", r"-- \u{1b}]0;owned\u{7}\u{9b}31m"]);
    clean(&done.err);
    place.write("wrong.lua", format!("local x = \"{evil}\" + y{evil}\r\n"));
    let done = place.gatos(&["run", "wrong.lua"]).fails(2, &["wrong.lua:1:", r"\u{1b}]0;owned"]);
    clean(&done.err);
    for format in ["human", "short", "json"] {
        let done = place.gatos(&["lint", "wrong.lua", "--format", format]);
        assert_eq!(done.code, 1);
        // JSON has its own spelling, and what reads it takes care of itself.
        if format != "json" {
            clean(&done.out);
        }
    }
    // Lines of events, arguments, names of files.
    place.write("e.jsonl", "{\"type\":\"\\u001b[2J\"}\n");
    clean(&place.gatos(&["event", "import", "x", "--jsonl", "e.jsonl"]).fails(2, &["line 1"]).err);
    clean(&place.gatos(&["run", "no\x1b[2Jfile.lua"]).fails(2, &[r"no\u{1b}[2Jfile.lua"]).err);
    // What a program logs goes into a file as it is.
    place.write("log.lua", "print(\"\\27[1mbold\")\n");
    assert_eq!(place.gatos(&["run", "log.lua"]).err, "\x1b[1mbold\n");
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let place = Place::empty();
    place.write(
        "raise.lua",
        format!("local a = 0 {}error(\"here\") {}\n", "a = a + 1 ".repeat(2000), "a = a + 1 ".repeat(2000)),
    );
    let done = place.gatos(&["run", "raise.lua"]).fails(1, &["error(\"here\")", "…"]);
    assert!(done.err.len() < 4000, "{}", done.err.len());
}
