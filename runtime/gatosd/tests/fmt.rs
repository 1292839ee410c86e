//! `gatos fmt` as people use it: what it takes, what it writes, what it says, how it ends.

mod common;

use common::Place;

const BAD: &str = "local M={}\nfunction M.fold(state,event) state.n=1;return state end\nreturn M\n";
const GOOD: &str = "local M = {}\nfunction M.fold(state, event)\n  state.n = 1\n  return state\nend\nreturn M\n";

fn place() -> Place {
    let place = Place::empty();
    place.write("gatos/folds/a.lua", BAD);
    place.write("gatos/folds/b.lua", GOOD);
    place.write("gatos/policies/p.rgs", "package a\nallow if{input.x==1}\n");
    place.write("tools/build.lua", "x=1\n");
    place.write("tools/count.lua", "-- Counts.\n-- gatos: fold\nx=1\n");
    place
}

#[test]
fn folds_and_policies_of_a_project_are_formatted_and_other_programs_are_not() {
    let place = place();
    let done = place.gatos(&["fmt"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out, "gatos/folds/a.lua\ngatos/policies/p.rgs\ntools/count.lua\n");
    assert!(done.err.contains("3 files formatted, 1 as they should be"), "{}", done.err);
    assert!(done.err.contains("1 .lua file"), "{}", done.err);
    assert_eq!(place.read("gatos/folds/a.lua"), GOOD.as_bytes());
    assert_eq!(place.read("gatos/policies/p.rgs"), b"package a\nallow if { input.x == 1 }\n");
    assert_eq!(place.read("tools/build.lua"), b"x=1\n");
    // What is named is meant.
    assert_eq!(place.gatos(&["fmt", "tools/build.lua"]).ok(), "tools/build.lua\n");
    assert_eq!(place.read("tools/build.lua"), b"x = 1\n");
    assert_eq!(place.gatos(&["fmt", "--check"]).ok(), "");
}

#[test]
fn a_check_changes_nothing_and_says_no() {
    let place = place();
    let done = place.gatos(&["fmt", "--check", "gatos"]).fails(1, &["2 files would change"]);
    assert_eq!(done.out, "gatos/folds/a.lua\ngatos/policies/p.rgs\n");
    assert_eq!(place.read("gatos/folds/a.lua"), BAD.as_bytes());
    let done = place.gatos(&["fmt", "--check", "--json", "gatos/folds"]).fails(1, &[]);
    assert_eq!(
        done.out,
        "[{\"path\":\"gatos/folds/a.lua\",\"state\":\"changed\"},{\"path\":\"gatos/folds/b.lua\",\"state\":\"unchanged\"}]\n"
    );
}

#[test]
fn a_diff_is_a_patch_that_git_takes() {
    let place = place();
    let done = place.gatos(&["fmt", "--diff"]).fails(1, &["3 files would change"]);
    assert!(done.out.contains("--- a/gatos/folds/a.lua\n+++ b/gatos/folds/a.lua\n"), "{}", done.out);
    assert_eq!(place.read("gatos/folds/a.lua"), BAD.as_bytes());
    place.git(&["init", "-q"]).ok();
    place.write("patch", &done.out);
    place.git(&["apply", "patch"]).ok();
    assert_eq!(place.read("gatos/folds/a.lua"), GOOD.as_bytes());
    assert_eq!(place.gatos(&["fmt", "--check"]).ok(), "");
}

#[test]
fn a_file_that_does_not_parse_is_drawn_and_the_others_are_done() {
    let place = place();
    place.write("gatos/folds/0.lua", "local x = (1 +\nreturn x\n");
    place.write("gatos/folds/1.lua", b"local x = \xFF\n");
    let done = place.gatos(&["fmt", "gatos"]).fails(2, &["E0", "0.lua", "1.lua", "not UTF-8", "2 left alone"]);
    assert_eq!(done.out, "gatos/folds/a.lua\ngatos/policies/p.rgs\n");
    assert_eq!(place.read("gatos/folds/0.lua"), b"local x = (1 +\nreturn x\n");
    place.gatos(&["fmt", "nothing.lua"]).fails(2, &["no such file"]);
    place.gatos(&["fmt", "patch.txt"]).fails(2, &["patch.txt"]);
}

#[test]
fn the_width_comes_from_the_project_unless_it_is_given() {
    let place = Place::empty();
    let line = "local total = first_summand + second_summand + third_summand\n";
    place.write("gatos/folds/a.lua", line);
    place.gatos(&["fmt", "--check"]).ok();
    place.write("gatos/config/fmt.toml", "width = 40\n");
    place.gatos(&["fmt", "--check"]).fails(1, &[]);
    place.gatos(&["fmt", "--check", "--width", "80"]).ok();
    place.gatos(&["fmt"]).ok();
    let broken = "local total = first_summand\n  + second_summand\n  + third_summand\n";
    assert_eq!(place.read("gatos/folds/a.lua"), broken.as_bytes());
    place.write("gatos/config/fmt.toml", "width = 4\n");
    place.gatos(&["fmt"]).fails(2, &["fmt.toml", "from 20 to 1000"]);
    place.write("gatos/config/fmt.toml", "indent = 4\n");
    place.gatos(&["fmt"]).fails(2, &["fmt.toml", "indent"]);
    place.gatos(&["fmt", "--width", "5"]).fails(2, &["from 20 to 1000"]);
}

#[test]
fn stdin_goes_to_stdout() {
    let place = Place::empty();
    assert_eq!(place.gatos_with(&["fmt", "--stdin", "--lang", "lua"], b"x=1").ok(), "x = 1\n");
    assert_eq!(place.gatos_with(&["fmt", "--stdin", "--lang", "rgs"], b"package a\nx:=1").ok(), "package a\nx := 1\n");
    assert_eq!(place.gatos_with(&["fmt", "--stdin", "--lang", "lua", "--check"], b"x=1").fails(1, &[]).out, "");
    let done = place.gatos_with(&["fmt", "--stdin", "--lang", "lua"], b"x=").fails(2, &["E0"]);
    assert_eq!(done.out, "");
    place.gatos(&["fmt", "--stdin"]).fails(2, &["--lang"]);
    place.gatos(&["fmt", "--stdin", "--lang", "lua", "a.lua"]).fails(2, &[]);
}

#[cfg(unix)]
#[test]
fn a_script_stays_executable_and_links_are_not_followed_below_folders() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::empty();
    let script = place.write("gatos/folds/run.lua", "#!/usr/bin/env -S gatos run\nx=1\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    place.write("elsewhere/a.rgs", "package a\nx:=1\n");
    std::os::unix::fs::symlink(place.path("elsewhere"), place.path("gatos/folds/link")).unwrap();
    std::os::unix::fs::symlink(place.path("gatos"), place.path("gatos/folds/circle")).unwrap();
    assert_eq!(place.gatos(&["fmt", "gatos"]).ok(), "gatos/folds/run.lua\n");
    assert_eq!(place.read("gatos/folds/run.lua"), b"#!/usr/bin/env -S gatos run\nx = 1\n");
    assert_eq!(std::fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o755);
}
