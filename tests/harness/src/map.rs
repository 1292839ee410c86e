//! The map of the rooms: what `docs/architecture.md` says, beside what Cargo says.
//! Every difference is a sentence that names the row to change.

use crate::markdown::{code_words, marked_table};
use crate::root;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What a room may touch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Pure, with an allocator only.
    NoStd,
    /// Pure, with the standard library.
    Pure,
    /// Touches the world.
    Adapter,
    /// Not part of the product.
    Tool,
}

/// A row of the map.
#[derive(Clone, Debug)]
pub struct Room {
    /// Its line in the page.
    pub line: usize,
    /// Its folder.
    pub folder: String,
    /// Its crate.
    pub name: String,
    /// What it may touch.
    pub kind: Kind,
    /// The rooms it names.
    pub uses: Vec<String>,
}

/// The page that holds the map.
pub const PAGE: &str = "docs/architecture.md";

/// Reads the rows; sentences about what cannot be read come beside them.
pub fn rooms(page: &str) -> (Vec<Room>, Vec<String>) {
    let (mut rooms, mut wrong) = (Vec::new(), Vec::new());
    for (line, cells) in marked_table(page, "rooms") {
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        let kind = match cell(2) {
            "no_std" => Kind::NoStd,
            "pure" => Kind::Pure,
            "adapter" => Kind::Adapter,
            "tool" => Kind::Tool,
            other => {
                wrong.push(format!("{PAGE}:{line}: `{other}` is no kind of room"));
                continue;
            }
        };
        let first = |at: usize| code_words(cell(at)).into_iter().next().unwrap_or_default();
        rooms.push(Room { line, folder: first(0), name: first(1), kind, uses: code_words(cell(4)) });
    }
    if rooms.is_empty() {
        wrong.push(format!("{PAGE}: the table of rooms is not there"));
    }
    (rooms, wrong)
}

/// The outside crates each folder may reach: folder to (line, names).
pub fn outside(page: &str) -> BTreeMap<String, (usize, BTreeSet<String>)> {
    marked_table(page, "outside")
        .into_iter()
        .filter_map(|(line, cells)| {
            let room = code_words(cells.first()?).into_iter().next()?;
            Some((room, (line, code_words(cells.get(1)?).into_iter().collect())))
        })
        .collect()
}

/// Each room with what it may reach through its row and the rows of what that names.
pub fn closure(rooms: &[Room]) -> BTreeMap<String, BTreeSet<String>> {
    let direct: BTreeMap<&str, &[String]> = rooms.iter().map(|r| (r.name.as_str(), r.uses.as_slice())).collect();
    rooms
        .iter()
        .map(|room| {
            let mut reached = BTreeSet::new();
            let mut waiting: Vec<&str> = room.uses.iter().map(String::as_str).collect();
            while let Some(name) = waiting.pop() {
                if reached.insert(name.to_owned()) {
                    waiting.extend(direct.get(name).copied().unwrap_or_default().iter().map(String::as_str));
                }
            }
            (room.name.clone(), reached)
        })
        .collect()
}

/// A package as Cargo sees it.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its licence expression.
    pub license: String,
    /// Whether it is a room of ours.
    pub ours: bool,
    /// Whether its library runs inside the compiler only.
    pub proc_macro: bool,
    /// Indexes of what it uses through normal dependencies.
    pub normal: Vec<usize>,
    /// Indexes of what its tests use besides.
    pub dev: Vec<usize>,
    /// Indexes of what its build script uses.
    pub build: Vec<usize>,
}

/// The resolved graph for the machine that runs the tests.
#[derive(Clone, Debug)]
pub struct Graph {
    /// All packages.
    pub packages: Vec<Package>,
}

impl Graph {
    /// Asks Cargo.
    ///
    /// # Errors
    /// When Cargo fails or answers something else than expected.
    pub fn load() -> Result<Graph, String> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = Command::new(rustc).arg("-vV").output().map_err(|e| format!("rustc: {e}"))?;
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        let host = version.lines().find_map(|l| l.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let out = Command::new(cargo)
            .current_dir(root())
            .args(["metadata", "--format-version", "1", "--filter-platform", host])
            .output()
            .map_err(|e| format!("cargo: {e}"))?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned());
        }
        let data: Value = serde_json::from_slice(&out.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
        Graph::from_metadata(&data).ok_or_else(|| "cargo metadata has another shape than expected".to_owned())
    }

    fn from_metadata(data: &Value) -> Option<Graph> {
        let members: BTreeSet<&str> = data["workspace_members"].as_array()?.iter().filter_map(Value::as_str).collect();
        let listed = data["packages"].as_array()?;
        let index: BTreeMap<&str, usize> =
            listed.iter().enumerate().filter_map(|(at, p)| Some((p["id"].as_str()?, at))).collect();
        let mut packages: Vec<Package> = listed
            .iter()
            .map(|p| Package {
                name: p["name"].as_str().unwrap_or_default().to_owned(),
                license: p["license"].as_str().unwrap_or_default().to_owned(),
                ours: p["id"].as_str().is_some_and(|id| members.contains(id)),
                proc_macro: p["targets"].as_array().is_some_and(|targets| {
                    targets.iter().any(|t| t["kind"].as_array().is_some_and(|k| k.iter().any(|k| k == "proc-macro")))
                }),
                normal: Vec::new(),
                dev: Vec::new(),
                build: Vec::new(),
            })
            .collect();
        for node in data["resolve"]["nodes"].as_array()? {
            let at = *index.get(node["id"].as_str()?)?;
            for dep in node["deps"].as_array()? {
                let to = *index.get(dep["pkg"].as_str()?)?;
                for kind in dep["dep_kinds"].as_array()? {
                    let list = match kind["kind"].as_str() {
                        None => &mut packages[at].normal,
                        Some("dev") => &mut packages[at].dev,
                        Some(_) => &mut packages[at].build,
                    };
                    if !list.contains(&to) {
                        list.push(to);
                    }
                }
            }
        }
        Some(Graph { packages })
    }

    /// Our packages.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|p| p.ours)
    }

    /// Names of our packages that `package` uses.
    pub fn inside<'a>(&'a self, list: &'a [usize]) -> impl Iterator<Item = &'a str> {
        list.iter().map(|at| &self.packages[*at]).filter(|p| p.ours).map(|p| p.name.as_str())
    }

    /// Names of outside crates that `package` uses itself.
    pub fn direct_outside(&self, package: &Package) -> BTreeSet<String> {
        self.named(package.normal.iter().copied())
    }

    /// Names of all outside crates that end up in a program that uses `package`.
    pub fn deep_outside(&self, package: &Package) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut waiting = package.normal.clone();
        while let Some(at) = waiting.pop() {
            if !self.packages[at].proc_macro && seen.insert(at) {
                waiting.extend(&self.packages[at].normal);
            }
        }
        self.named(seen.into_iter())
    }

    fn named(&self, list: impl Iterator<Item = usize>) -> BTreeSet<String> {
        list.map(|at| &self.packages[at]).filter(|p| !p.ours && !p.proc_macro).map(|p| p.name.clone()).collect()
    }
}

/// Compares the map with the graph; one sentence a difference.
pub fn differences(page: &str, graph: &Graph) -> Vec<String> {
    let (rooms, mut wrong) = rooms(page);
    let may_use = closure(&rooms);
    let listed = outside(page);
    for package in graph.ours() {
        let name = &package.name;
        let Some(room) = rooms.iter().find(|r| r.name == *name) else {
            wrong.push(format!("`{name}` is not on the map; add a row to the table of rooms in {PAGE}"));
            continue;
        };
        let row = format!("{PAGE}:{} (the row of `{}`)", room.line, room.folder);
        let allowed = may_use.get(name).cloned().unwrap_or_default();
        for used in graph.inside(&package.normal).chain(graph.inside(&package.build)) {
            if !allowed.contains(used) {
                wrong.push(format!("`{name}` -> `{used}` is not on the map; drop the edge, or name it in {row}"));
            }
        }
        if room.kind != Kind::Tool && !JOINING.contains(&room.name.as_str()) {
            wrong.extend(treaty(graph, package));
        }
        if room.kind == Kind::Tool {
            continue;
        }
        let reached = match room.kind {
            Kind::NoStd => graph.deep_outside(package),
            _ => graph.direct_outside(package),
        };
        let (line, own) = listed.get(&room.folder).cloned().unwrap_or_default();
        // What a room below was allowed, those above it get with it.
        let mut permitted = own.clone();
        for below in rooms.iter().filter(|r| allowed.contains(&r.name)) {
            permitted.extend(listed.get(&below.folder).cloned().unwrap_or_default().1);
        }
        for extra in reached.difference(&permitted) {
            wrong.push(format!(
                "`{}` reaches the outside crate `{extra}`; drop it, or add it to the row of `{}` under \"Outside crates\" ({PAGE}:{line})",
                room.name, room.folder
            ));
        }
        for gone in own.difference(&reached) {
            wrong.push(format!("{PAGE}:{line}: `{}` does not reach `{gone}`; take it out of the row", room.folder));
        }
    }
    for room in &rooms {
        if !graph.ours().any(|p| p.name == room.name) {
            wrong.push(format!("{PAGE}:{}: there is no crate `{}`", room.line, room.name));
        }
        for used in &room.uses {
            if !rooms.iter().any(|r| r.name == *used) {
                wrong.push(format!("{PAGE}:{}: `{used}` has no row of its own", room.line));
            }
        }
    }
    wrong
}

/// Rooms that show people what programs do: they compile and run them, and nothing computes with what they say.
const JOINING: [&str; 4] = ["gatosd", "gatos-ide", "gatos-lsp", "gatos-debug"];

/// The compiler and the machine must not meet, whatever the rows say.
fn treaty(graph: &Graph, package: &Package) -> Vec<String> {
    let sees = |names: &[&str]| {
        let used = graph.inside(&package.normal).chain([package.name.as_str()]);
        used.into_iter().any(|name| names.contains(&name))
    };
    if sees(&["gatos-compiler", "gatos-syntax"]) && sees(&["gatos-vm", "gatos-stdlib", "gatos-echo"]) {
        return vec![format!("`{}` sees both the compiler and the machine; only ELC may join them", package.name)];
    }
    Vec::new()
}
