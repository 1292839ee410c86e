//! Text in canonical documents is in Unicode's composed form (NFC): two spellings of one name would have two hashes.

use alloc::string::String;

use gatos_canon::Value;
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// Whether a text is in NFC.
pub fn is_nfc(text: &str) -> bool {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => true,
        IsNormalized::No => false,
        IsNormalized::Maybe => unicode_normalization::is_nfc(text),
    }
}

/// The first text of a tree, keys too, that is not in NFC.
pub fn find_denormal(value: &Value) -> Option<String> {
    let mut open = alloc::vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Text(text) if !is_nfc(text) => return Some(text.clone()),
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Map(map) => {
                for (key, value) in map.iter() {
                    if !is_nfc(key) {
                        return Some(String::from(key));
                    }
                    open.push(value);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decomposed_text_is_found_at_any_depth() {
        assert_eq!(find_denormal(&Value::from_json(r#"{"a":["é",{"ü":1}]}"#).unwrap()), None);
        let nested = "{\"a\":[\"\u{e9}\",{\"u\u{308}\":1}]}";
        assert_eq!(find_denormal(&Value::from_json(nested).unwrap()).as_deref(), Some("u\u{308}"));
    }
}
