//! The examples of the library manual do what they say.

mod common;

use gatos_sigs::SIGS;

const SHOW: &str = r#"
local results = {}
local function show(...)
    local out = {}
    for i = 1, select('#', ...) do
        local v = select(i, ...)
        if type(v) == "string" then out[i] = string.format("%q", v)
        elseif type(v) == "table" or type(v) == "null" then out[i] = json.encode_canonical(v)
        else out[i] = tostring(v) end
    end
    results[#results + 1] = table.concat(out, ", ")
end
"#;

#[test]
fn every_example_gives_what_it_says() {
    let mut wrong = Vec::new();
    for sig in &SIGS {
        let (mut script, mut want) = (String::from(SHOW), Vec::new());
        for line in sig.example.lines() {
            match line.split_once("-->") {
                Some((expression, value)) => {
                    script += &format!("show({})\n", expression.trim());
                    want.push(value.trim().to_owned());
                }
                None => script += &format!("{line}\n"),
            }
        }
        script += "return results\n";
        match common::ours(&script) {
            Ok(have) if have == want => {}
            other => wrong.push(format!("{}: wanted {want:?}, got {other:?}", sig.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
