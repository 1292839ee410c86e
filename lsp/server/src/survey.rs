//! Diagnostics of all files, for clients that ask for them: what they have already is only said to be the same, and
//! what cannot have changed is not judged again.

use std::collections::{BTreeMap, BTreeSet};

use tower_lsp::ls_types::{
    FullDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};

use crate::server::print_of;
use crate::shared::Shared;
use crate::view::View;

impl Shared {
    /// Reports of all files; `previous` is what the client has, by path.
    pub fn survey(&self, view: &View, previous: &BTreeMap<String, String>) -> Vec<WorkspaceDocumentDiagnosticReport> {
        let mut paths: BTreeSet<String> = view.snapshot.files().map(|f| f.path.to_string()).collect();
        paths.extend(self.core().troubles.keys().cloned());
        // What is gone has no diagnostics any more, and the client has to be told.
        paths.extend(previous.keys().cloned());
        let nothing = print_of(&[]);
        let mut out = Vec::new();
        for path in paths {
            if view.snapshot.is_cancelled() || self.closed.is_cancelled() {
                break;
            }
            out.extend(self.survey_one(view, &path, previous.get(&path).map(String::as_str), &nothing));
        }
        out
    }

    /// The report of one file; none when there is nothing to tell, and the client knows of nothing.
    fn survey_one(
        &self,
        view: &View,
        path: &str,
        known: Option<&str>,
        nothing: &str,
    ) -> Option<WorkspaceDocumentDiagnosticReport> {
        let uri = view.uri(path)?;
        let version = view.version(path).map(i64::from);
        let generation = self.core().generation(path);
        // Clients count on being told the same when it is the same.
        let same = |id: String| WorkspaceUnchangedDocumentDiagnosticReport {
            uri: uri.clone(),
            version,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id: id },
        };
        let before = self.surveyed(path, generation);
        match (&before, known) {
            (Some(id), Some(known)) if id == known => return Some(same(id.clone()).into()),
            (Some(id), None) if id == nothing => return None,
            _ => {}
        }
        let judged = self.decide(view, self.case(path));
        self.settle(view, path);
        let id = print_of(&judged.items);
        self.keep_survey(path, generation, &id);
        match known {
            Some(known) if known == id => Some(same(id).into()),
            None if id == nothing => None,
            _ => {
                let report = FullDocumentDiagnosticReport { result_id: Some(id), items: judged.items };
                let full =
                    WorkspaceFullDocumentDiagnosticReport { uri, version, full_document_diagnostic_report: report };
                Some(full.into())
            }
        }
    }
}
