//! What is known of a project's events: what the journals showed, and the schemas in `gatos/schemas`.

use super::analysis::lock;
use crate::host::{File, Snapshot};
use gatos_analysis::{Data, Samples, Shape};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The samples of each root, with what they were made of.
#[derive(Default, Debug)]
pub(crate) struct Known(Mutex<BTreeMap<Arc<str>, Made>>);

#[derive(Debug)]
struct Made {
    events: Option<Arc<Samples>>,
    schemas: Vec<(Arc<str>, Arc<str>)>,
    samples: Arc<Samples>,
}

/// What is known of the events that a file's functions get. The same as before is the same `Arc`.
pub(crate) fn of(snapshot: &Snapshot, file: &File) -> Arc<Samples> {
    let Some(root) = snapshot.root_of(&file.path) else { return Arc::default() };
    let events = snapshot.samples(&root.path);
    let schemas = snapshot.data_below(&format!("{}/gatos/schemas", root.path));
    let mut known = lock(&snapshot.lua_shared().samples.0);
    if let Some(made) = known.get(&root.path)
        && made.events.as_ref().map(Arc::as_ptr) == events.map(Arc::as_ptr)
        && made.schemas == schemas
    {
        return made.samples.clone();
    }
    let mut samples = events.map(|e| (**e).clone()).unwrap_or_default();
    for (path, json) in &schemas {
        let Ok(schema) = Data::from_json(json) else { continue };
        let shape = Shape::of_schema(&schema);
        samples.payload = if samples.payload.is_empty() { shape } else { samples.payload.merge(&shape) };
        // A schema is named by the type of event that it describes.
        let name = path.rsplit('/').next().unwrap_or(path);
        let kind = name.strip_suffix(".schema.json").or_else(|| name.strip_suffix(".json")).unwrap_or(name);
        if !samples.types.iter().any(|t| t == kind) {
            samples.types.push(kind.to_owned());
        }
    }
    samples.types.sort();
    let samples = Arc::new(samples);
    known.insert(root.path.clone(), Made { events: events.cloned(), schemas, samples: samples.clone() });
    samples
}
