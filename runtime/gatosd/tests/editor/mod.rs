//! A project for editors to be tried on, and how an editor is run in it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Place;

/// Events in the project's journal.
const EVENTS: usize = 50;

/// How long an editor may take for all that it is asked.
const PATIENCE: Duration = Duration::from_secs(300);

/// The first line of what an editor says of itself; without the editor, nothing, and a line says so.
pub fn version(editor: &str) -> Option<String> {
    match Command::new(editor).arg("--version").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned),
        Err(_) => {
            println!("skipped: {editor} is not installed, so nothing was tested");
            None
        }
    }
}

const FOLD: &str = "-- Events by actor.

local M = {}

local function bump(counts, key)
  counts[key] = (counts[key] or 0) + 1
end

function M.init()
  return { events = 0, by_actor = {} }
end

function M.fold(state, event)
  state.events = state.events + 1
  bump(state.by_actor, event.actor)
  return state
end

return M
";

const BROKEN: &str = "local M = {}
function M.fold(state, event)
  local n = 0
  for k in pairs(state) do n = n + 1 end
  state.n = n
  return state
end
return M
";

const UNTIDY: &str = "local M={}
function M.fold( state,event )
state.n=(state.n or 0)+1
    return state
end
return M
";

const GATE: &str = "package gatos.code

deny contains \"only friends change the code\" if {
\tinput.intent == \"code.change\"
\tnot trusted
}

trusted if input.actor in {\"user:ann\", \"user:bob\"}
";

const GATE_TEST: &str = "package gatos.code_test

import data.gatos.code as gate

test_friends_are_free if count(gate.deny) == 0 with input as {\"intent\": \"code.change\", \"actor\": \"user:ann\"}

test_strangers_are_denied if {
\tcount(gate.deny) == 1 with input as {\"intent\": \"code.change\", \"actor\": \"user:eve\"}
}
";

/// A repository with events, folds and policies; some of them broken.
pub fn project() -> Place {
    let place = Place::with_events(EVENTS);
    place.write("gatos/folds/authors.lua", FOLD);
    place.write("gatos/policies/gate.rgs", GATE);
    place.write("gatos/policies/gate_test.rgs", GATE_TEST);
    place.git(&["add", "gatos"]).ok();
    place.git(&["-c", "user.name=ann", "-c", "user.email=ann@example.org", "commit", "-qm", "folds"]).ok();
    place.write("gatos/folds/broken.lua", BROKEN);
    place.write("gatos/folds/untidy.lua", UNTIDY);
    place.write("elsewhere/broken.rgs", "package broken\n\nallow if nobody_says_this(input.actor)\n");
    place.write("elsewhere/marked.lua", format!("-- gatos: fold\n{FOLD}"));
    place.write("elsewhere/plain.lua", "print(1)\n");
    place
}

/// Runs an editor in the project, with nothing of the machine's own configuration; gives all that it
/// said. One that does not come to an end is ended.
pub fn run(place: &Place, mut editor: Command) -> String {
    let said = place.write("said.txt", "");
    let out = std::fs::OpenOptions::new().append(true).open(&said).unwrap();
    let mut child = editor
        .current_dir(&place.0)
        .env("GATOS", env!("CARGO_BIN_EXE_gatos"))
        .env("HOME", &place.0)
        .env("XDG_CONFIG_HOME", place.path("xdg/config"))
        .env("XDG_DATA_HOME", place.path("xdg/data"))
        .env("XDG_STATE_HOME", place.path("xdg/state"))
        .env("XDG_CACHE_HOME", place.path("xdg/cache"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the editor does not come to an end:\n{}", std::fs::read_to_string(&said).unwrap());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let code = child.wait().unwrap().code();
    let text = std::fs::read_to_string(&said).unwrap();
    assert_eq!(code, Some(0), "{text}");
    text
}
