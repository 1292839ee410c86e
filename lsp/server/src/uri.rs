//! Between the URIs of the protocol and the paths of the host: absolute, with slashes. A document that is in no
//! file (`untitled:`) has its URI as its path, so that it can be answered about like any other.

use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use tower_lsp::ls_types::Uri;

/// The path of a URI.
pub fn path_of(uri: &Uri) -> String {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    match uri.to_file_path() {
        Some(path) if is_file => slashed(&normal(&path)),
        _ => uri.as_str().to_owned(),
    }
}

/// Whether a path stands for a file on a disk.
pub fn is_file(path: &str) -> bool {
    Path::new(path).is_absolute()
}

/// The URI of a path; none for one that cannot be said as a URI.
pub fn uri_of(path: &str) -> Option<Uri> {
    if is_file(path) { Uri::from_file_path(Path::new(path)) } else { Uri::from_str(path).ok() }
}

/// A path without `.` and `..`, by its words alone: links are left as they are, since an editor means the path that
/// it named.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = out.pop(),
            other => out.push(other),
        }
    }
    out
}

/// A path with slashes and none at its end.
pub fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    match text.trim_end_matches('/') {
        "" => "/".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn files_go_there_and_back() {
        for (uri, path) in [
            ("file:///a/b.lua", "/a/b.lua"),
            ("file:///a/%D1%84%20x.rgs", "/a/ф x.rgs"),
            ("file:///a/./b/../c.lua", "/a/c.lua"),
            ("file:///a/b/", "/a/b"),
            ("file:///", "/"),
        ] {
            let parsed = Uri::from_str(uri).unwrap_or_else(|e| panic!("{uri}: {e}"));
            assert_eq!(path_of(&parsed), path);
            let back = uri_of(path).map(|uri| path_of(&uri));
            assert_eq!(back.as_deref(), Some(path));
        }
    }

    #[test]
    fn documents_in_no_file_keep_their_name() {
        let uri = Uri::from_str("untitled:Untitled-1").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(path_of(&uri), "untitled:Untitled-1");
        assert!(!is_file("untitled:Untitled-1"));
        assert_eq!(uri_of("untitled:Untitled-1"), Some(uri));
    }
}
