//! The five example folds over the whole corpus agree with an oracle that knows nothing of
//! GATOS: without a repository, and through import, signatures and checkpoints.

mod common;

use common::{Place, corpus_path, example, field};

const ORACLE: &str = include_str!("corpus/curl-20k.oracle.json");

/// The fold, the artifact that answers (none: the state itself), and the oracle's field.
const FOLDS: [(&str, Option<&str>, &str); 5] = [
    ("authors", None, "sha256_commits_per_author"),
    ("churn", None, "sha256_churn"),
    ("lww", None, "sha256_lww"),
    ("live_paths", Some("paths.json"), "sha256_live_paths"),
    ("sliding", Some("sliding_30d_max.json"), "sliding_30d_max"),
];

#[track_caller]
fn check(fold: &str, answer: &[u8], wanted: &str) {
    let expected = field(ORACLE, wanted);
    let found = match wanted.starts_with("sha256_") {
        true => gatos_canon::sha256(answer).to_hex(),
        false => String::from_utf8_lossy(answer).into_owned(),
    };
    assert_eq!(found, expected, "{fold}");
}

#[test]
fn without_a_repository() {
    let place = Place::empty();
    let corpus = corpus_path().display().to_string();
    for (fold, artifact, wanted) in FOLDS {
        let file = example(&format!("{fold}.lua"));
        let mut args = vec!["run", &file, "--events", &corpus, "--quiet"];
        if artifact.is_some() {
            args.push("--emit");
        }
        let out = place.gatos(&args).ok();
        let answer = match artifact {
            // One object of one artifact: what is between its braces and after its key.
            Some(path) => out.strip_prefix(&format!("{{\"{path}\":")).and_then(|o| o.strip_suffix('}')).unwrap(),
            None => &out,
        };
        check(fold, answer.as_bytes(), wanted);
    }
}

#[test]
fn through_a_journal() {
    let place = Place::ready();
    let corpus = corpus_path().display().to_string();
    let imported = place.gatos(&["event", "import", "commits", "--jsonl", &corpus, "--json"]).ok();
    assert_eq!(field(&imported, "added"), "20000");
    for (fold, artifact, wanted) in FOLDS {
        let file = example(&format!("{fold}.lua"));
        let channel = fold.replace('_', "-");
        let facts = place.gatos(&["fold", "commits", &channel, "--program", &file, "--json"]).ok();
        assert_eq!(field(&facts, "events"), "20000");
        let name = format!("commits.{channel}");
        let mut args = vec!["state", "show", name.as_str()];
        args.extend(artifact.into_iter().flat_map(|path| ["--artifact", path]));
        check(fold, place.gatos(&args).ok().as_bytes(), wanted);
    }
    // The same bytes as without a repository, when the events are wrapped alike.
    let run =
        place.gatos(&["run", &example("sliding.lua"), "--events", &corpus, "--ns", "commits", "--actor", "user:ann"]);
    assert_eq!(run.out, place.gatos(&["state", "show", "commits.sliding"]).ok());
    place.gatos(&["fold", "verify", "refs/gatos/state/commits.churn"]).ok();
    assert_eq!(place.git(&["fsck", "--strict", "--no-dangling"]).code, 0);
    // Importing it again adds nothing.
    let again = place.gatos(&["event", "import", "commits", "--jsonl", &corpus, "--json"]).ok();
    assert_eq!((field(&again, "added").as_str(), field(&again, "skipped").as_str()), ("0", "20000"));
}
