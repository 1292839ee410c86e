//! The file that viewers open. It is one JSON object that is both a file of speedscope (`$schema`,
//! `shared`, `profiles`) and a processed profile of the Firefox Profiler (`meta`, `threads`): each
//! steps over the other's keys, and both weigh stacks exactly. See ADR 23.

use super::{Callee, Line, Node, Profile};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The newest processed form whose strings are still kept by each thread: later ones put them where
/// speedscope has its frames, and the Firefox Profiler brings older ones up to date itself.
const PROCESSED_VERSION: u32 = 55;

/// Things numbered as they come.
struct Frames<K> {
    keys: Vec<K>,
    index: BTreeMap<K, usize>,
}

impl<K> Default for Frames<K> {
    fn default() -> Frames<K> {
        Frames { keys: Vec::new(), index: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Frames<K> {
    fn of(&mut self, key: K) -> usize {
        if let Some(i) = self.index.get(&key) {
            return *i;
        }
        self.keys.push(key.clone());
        self.index.insert(key, self.keys.len() - 1);
        self.keys.len() - 1
    }
}

/// A function at a line; for stacks of functions alone the line is 0.
type Frame = (Callee, Line);

/// A stack with its weight, outermost first.
struct Sample {
    stack: Vec<Frame>,
    weight: u64,
}

impl Profile<'_> {
    /// The text of the file.
    pub fn to_json(&self, name: &str) -> String {
        let samples = self.samples();
        let mut frames = Frames::default();
        let by_function = self.speedscope(&format!("{name}: fuel by function"), &samples, &mut frames, false);
        let by_line = self.speedscope(&format!("{name}: fuel by line"), &samples, &mut frames, true);
        let shared: Vec<Value> = frames.keys.iter().map(|frame| self.shared_frame(*frame)).collect();
        let whole = json!({
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "exporter": format!("gatos {}", env!("CARGO_PKG_VERSION")),
            "name": name,
            "activeProfileIndex": 0,
            "shared": { "frames": shared },
            "profiles": [by_function, by_line],
            "meta": meta(),
            "libs": [],
            "pages": [],
            "counters": [],
            "profilerOverhead": [],
            "threads": [self.thread(name, &samples)],
        });
        let mut text = whole.to_string();
        text.push('\n');
        text
    }

    /// Every stack that paid something, innermost lines and all.
    fn samples(&self) -> Vec<Sample> {
        let mut out = Vec::new();
        for (node, index) in self.nodes.iter().zip(0u32..) {
            for (line, weight) in &node.own {
                out.push(Sample { stack: self.frames(index, *line), weight: *weight });
            }
        }
        // The order of a walk through the tree, so that viewers draw calls side by side.
        out.sort_by(|a, b| a.stack.cmp(&b.stack));
        out
    }

    fn frames(&self, node: u32, line: Line) -> Vec<Frame> {
        let mut stack = Vec::new();
        let mut at = line;
        for Node { callee, from, .. } in self.stack(node) {
            stack.push((*callee, at));
            at = *from;
        }
        stack.reverse();
        stack
    }

    fn speedscope(&self, name: &str, samples: &[Sample], frames: &mut Frames<Frame>, lines: bool) -> Value {
        let (mut stacks, mut weights): (Vec<Vec<usize>>, Vec<u64>) = (Vec::new(), Vec::new());
        for sample in samples {
            let key = |(callee, line): &Frame| frames.of((*callee, if lines { *line } else { (0, 0) }));
            let stack: Vec<usize> = sample.stack.iter().map(key).collect();
            match (stacks.last(), weights.last_mut()) {
                (Some(last), Some(weight)) if *last == stack => *weight = weight.saturating_add(sample.weight),
                _ => {
                    stacks.push(stack);
                    weights.push(sample.weight);
                }
            }
        }
        json!({
            "type": "sampled",
            "name": name,
            "unit": "none",
            "startValue": 0,
            "endValue": self.total(),
            "samples": stacks,
            "weights": weights,
        })
    }

    fn shared_frame(&self, (callee, (file, line)): Frame) -> Value {
        let mut out = Map::new();
        let name = self.name(callee);
        if line > 0 {
            out.insert("name".into(), json!(format!("{name} (line {line})")));
            out.insert("line".into(), json!(line));
            if let Some(file) = self.file(file) {
                out.insert("file".into(), json!(file));
            }
        } else {
            out.insert("name".into(), json!(name));
            if let Some((file, line, col)) = self.defined(callee) {
                out.insert("file".into(), json!(file));
                out.insert("line".into(), json!(line));
                out.insert("col".into(), json!(col));
            }
        }
        Value::Object(out)
    }

    /// The one thread of the Firefox Profiler's form.
    fn thread(&self, name: &str, samples: &[Sample]) -> Value {
        let mut strings: Frames<String> = Frames::default();
        let mut funcs: Frames<Callee> = Frames::default();
        let mut frames: Frames<Frame> = Frames::default();
        let mut stacks: Frames<(Option<usize>, usize)> = Frames::default();
        let (mut ends, mut times, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        let mut time = 0u64;
        for sample in samples {
            let mut prefix = None;
            for frame in &sample.stack {
                prefix = Some(stacks.of((prefix, frames.of(*frame))));
            }
            ends.push(prefix);
            times.push(time);
            weights.push(sample.weight);
            time = time.saturating_add(sample.weight);
        }
        let func_of: Vec<usize> = frames.keys.iter().map(|(callee, _)| funcs.of(*callee)).collect();
        let category = |callee: &Callee| match callee {
            Callee::Engine(_) => 0,
            Callee::Function(_) => 1,
            Callee::Library(_) => 2,
        };
        let categories: Vec<u32> = frames.keys.iter().map(|(callee, _)| category(callee)).collect();
        let lines: Vec<Option<u32>> = frames.keys.iter().map(|(_, (_, line))| (*line > 0).then_some(*line)).collect();
        let names: Vec<usize> = funcs.keys.iter().map(|callee| strings.of(self.name(*callee))).collect();
        let defined: Vec<_> = funcs.keys.iter().map(|callee| self.defined(*callee)).collect();
        let files: Vec<Option<usize>> =
            defined.iter().map(|at| at.map(|(file, _, _)| strings.of(file.to_owned()))).collect();
        let (n, m) = (frames.keys.len(), funcs.keys.len());
        json!({
            "name": name,
            "isMainThread": true,
            "processName": "gatos",
            "processType": "default",
            "pid": "0",
            "tid": 0,
            "processStartupTime": 0,
            "processShutdownTime": null,
            "registerTime": 0,
            "unregisterTime": null,
            "pausedRanges": [],
            "stringArray": strings.keys,
            "samples": {
                "length": samples.len(),
                "stack": ends,
                "time": times,
                "weight": weights,
                "weightType": "samples",
            },
            "stackTable": {
                "length": stacks.keys.len(),
                "prefix": stacks.keys.iter().map(|(prefix, _)| *prefix).collect::<Vec<_>>(),
                "frame": stacks.keys.iter().map(|(_, frame)| *frame).collect::<Vec<_>>(),
            },
            "frameTable": {
                "length": n,
                "func": func_of,
                "category": categories,
                "subcategory": vec![0; n],
                "line": lines,
                "column": vec![Value::Null; n],
                "address": vec![-1; n],
                "inlineDepth": vec![0; n],
                "nativeSymbol": vec![Value::Null; n],
                "innerWindowID": vec![Value::Null; n],
            },
            "funcTable": {
                "length": m,
                "name": names,
                "isJS": vec![false; m],
                "relevantForJS": vec![false; m],
                "resource": vec![-1; m],
                "fileName": files,
                "lineNumber": defined.iter().map(|at| at.map(|(_, line, _)| line)).collect::<Vec<_>>(),
                "columnNumber": defined.iter().map(|at| at.map(|(_, _, col)| col)).collect::<Vec<_>>(),
            },
            "resourceTable": { "length": 0, "lib": [], "name": [], "host": [], "type": [] },
            "nativeSymbols": { "length": 0, "libIndex": [], "address": [], "name": [], "functionSize": [] },
            "markers": {
                "length": 0, "data": [], "name": [], "startTime": [], "endTime": [], "phase": [], "category": [],
            },
        })
    }
}

fn meta() -> Value {
    let category = |name: &str, colour: &str| json!({ "name": name, "color": colour, "subcategories": ["Other"] });
    json!({
        "interval": 1,
        "startTime": 0,
        "processType": 0,
        "product": "GATOS fuel",
        "importedFrom": "GATOS",
        "stackwalk": 0,
        "debug": false,
        "version": 30,
        "preprocessedProfileVersion": PROCESSED_VERSION,
        "symbolicated": true,
        "usesOnlyOneStackType": true,
        "categories": [category("Engine", "grey"), category("Program", "blue"), category("Library", "yellow")],
        "markerSchema": [],
        "extensions": { "length": 0, "baseURL": [], "id": [], "name": [] },
    })
}
