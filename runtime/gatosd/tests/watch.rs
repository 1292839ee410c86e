//! `--watch`: work is done again when a file changes, and goes on after mistakes. A change made while the work still
//! goes on counts too, so nothing here waits for it to rest.

mod common;

use common::Place;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A command that goes on; ended with the test.
struct Going(Child, Receiver<String>);

impl Drop for Going {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Going {
    fn start(place: &Place, args: &[&str]) -> Going {
        let mut child = place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, receiver) = channel();
        let pipes: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for pipe in pipes {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Going(child, receiver)
    }

    /// Waits for a line that holds some words, however slow the machine.
    #[track_caller]
    fn until(&self, words: &str) {
        let mut seen = Vec::new();
        while let Ok(line) = self.1.recv_timeout(Duration::from_secs(60)) {
            if line.contains(words) {
                return;
            }
            seen.push(line);
        }
        panic!("{words:?} did not come:\n{}", seen.join("\n"));
    }
}

#[test]
fn lints_are_found_again_after_each_change() {
    let place = Place::empty();
    place.write("a.lua", "local x = 1\nreturn 2\n");
    let going = Going::start(&place, &["lint", ".", "--watch", "--format", "short"]);
    going.until("W0501");
    place.write("a.lua", "local x = \n");
    going.until("error[");
    place.write("b.lua", "for k in pairs({}) do end\n");
    going.until("b.lua:1:10: error[E0107]");
}

#[test]
fn tests_run_again_when_the_fold_changes() {
    let place = Place::empty();
    place.write("f.lua", "return { fold = function(s, e) return s end, n = 1 }\n");
    place.write("f_test.lua", "local f = require \"f\"\nfunction test_n() assert(f.n == 2) end\n");
    let going = Going::start(&place, &["test", ".", "--watch"]);
    going.until("1 test: 0 passed, 1 failed");
    place.write("f.lua", "return { fold = function(s, e) return s end, n = 2 }\n");
    going.until("1 test: 1 passed");
}

#[test]
fn a_run_is_done_again_with_new_events() {
    let place = Place::empty();
    place.write("n.lua", "function fold(state, event)\n  state.n = (state.n or 0) + 1\n  return state\nend\n");
    place.write("events/e.jsonl", "{\"type\":\"a.b\"}\n");
    let going = Going::start(&place, &["run", "n.lua", "--events", "events/e.jsonl", "--watch"]);
    going.until("events      1 in");
    place.write("events/e.jsonl", "{\"type\":\"a.b\"}\n{\"type\":\"a.b\"}\n");
    // The state on stdout has no line end of its own.
    going.until("events      2 in");
    place.gatos(&["run", "-", "--watch"]).fails(2, &["stdin cannot be watched"]);
}
