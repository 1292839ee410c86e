//! Pages of diagnostic codes as files, so that a code in an editor is a link that leads somewhere: there is no site
//! that could be linked to, and the pages are in the program anyway.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use gatos_syntax::codes;
use tower_lsp::ls_types::Uri;

use crate::shared::lock;
use crate::uri::{slashed, uri_of};

/// The pages that were written.
#[derive(Debug)]
pub struct Pages {
    folder: PathBuf,
    known: Mutex<BTreeMap<String, Option<Uri>>>,
}

impl Pages {
    /// Pages below a folder.
    pub fn new(folder: PathBuf) -> Pages {
        Pages { folder, known: Mutex::default() }
    }

    /// The page of a code; none when there is none or it cannot be written.
    pub fn of(&self, code: &str) -> Option<Uri> {
        let mut known = lock(&self.known);
        if let Some(page) = known.get(code) {
            return page.clone();
        }
        let page = self.write(code);
        known.insert(code.to_owned(), page.clone());
        page
    }

    fn write(&self, code: &str) -> Option<Uri> {
        let info = codes::explain(code)?;
        let text = format!("# {}: {}\n\n{}\n", info.code, info.title, info.explain.trim());
        let path = self.folder.join(format!("{}.md", info.code));
        if !std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
            std::fs::create_dir_all(&self.folder).ok()?;
            std::fs::write(&path, text).ok()?;
        }
        uri_of(&slashed(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_leads_to_its_page() {
        let folder = std::env::temp_dir().join(format!("gatos-pages-{}", std::process::id()));
        let pages = Pages::new(folder.clone());
        let code = codes::all().next().map_or("", |info| info.code);
        let uri = pages.of(code).unwrap_or_else(|| panic!("{code}"));
        assert!(uri.as_str().ends_with(&format!("{code}.md")));
        let text = std::fs::read_to_string(folder.join(format!("{code}.md"))).unwrap_or_default();
        assert!(text.starts_with(&format!("# {code}: ")), "{text}");
        assert_eq!(pages.of("E9999x"), None);
        let _ = std::fs::remove_dir_all(folder);
    }
}
