//! Digests, units, versions, query strings and UUIDs.

use super::hash::{Hash, digest, hmac};
use super::semver::Version;
use super::{units, url, uuid};
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs, fail_operand};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_num::Num;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "crypto.hmac.equal" => hmac_equal,
    "crypto.hmac.md5" => hmac_md5,
    "crypto.hmac.sha1" => hmac_sha1,
    "crypto.hmac.sha256" => hmac_sha256,
    "crypto.hmac.sha512" => hmac_sha512,
    "crypto.md5" => md5,
    "crypto.sha1" => sha1,
    "crypto.sha256" => sha256,
    "semver.compare" => semver_compare,
    "semver.is_valid" => semver_is_valid,
    "units.parse" => units_parse,
    "units.parse_bytes" => units_parse_bytes,
    "urlquery.decode" => url_decode,
    "urlquery.decode_object" => url_decode_object,
    "urlquery.encode" => url_encode,
    "urlquery.encode_object" => url_encode_object,
    "uuid.parse" => uuid_parse,
}

fn hashed(c: &mut PolicyCall, hash: Hash) -> Done {
    c.charge_bytes(c.bytes(0).len().saturating_mul(4))?;
    c.string(digest(hash, c.bytes(0)))
}

fn md5(c: &mut PolicyCall) -> Done {
    hashed(c, Hash::Md5)
}

fn sha1(c: &mut PolicyCall) -> Done {
    hashed(c, Hash::Sha1)
}

fn sha256(c: &mut PolicyCall) -> Done {
    hashed(c, Hash::Sha256)
}

fn keyed(c: &mut PolicyCall, hash: Hash) -> Done {
    let (message, key) = (c.bytes(0), c.bytes(1));
    c.charge_bytes(message.len().saturating_add(key.len()).saturating_mul(4))?;
    c.string(hmac(hash, message, key))
}

fn hmac_md5(c: &mut PolicyCall) -> Done {
    keyed(c, Hash::Md5)
}

fn hmac_sha1(c: &mut PolicyCall) -> Done {
    keyed(c, Hash::Sha1)
}

fn hmac_sha256(c: &mut PolicyCall) -> Done {
    keyed(c, Hash::Sha256)
}

fn hmac_sha512(c: &mut PolicyCall) -> Done {
    keyed(c, Hash::Sha512)
}

/// Every byte is looked at, so that the time taken does not tell where two digests part.
fn hmac_equal(c: &mut PolicyCall) -> Done {
    let (a, b) = (c.bytes(0), c.bytes(1));
    c.charge_bytes(a.len().min(b.len()))?;
    let differ = a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b));
    Ok(Value::bool(a.len() == b.len() && differ == 0))
}

fn semver_compare(c: &mut PolicyCall) -> Done {
    c.charge_bytes(c.bytes(0).len().saturating_add(c.bytes(1).len()))?;
    let a = Version::parse(c.str(0)?).map_err(Stop::Builtin)?;
    let b = Version::parse(c.str(1)?).map_err(Stop::Builtin)?;
    Ok(Value::int(a.order(&b) as i64))
}

fn semver_is_valid(c: &mut PolicyCall) -> Done {
    c.charge_bytes(c.bytes(0).len())?;
    let text = c.arg(0).as_str().and_then(|b| core::str::from_utf8(b).ok());
    Ok(Value::bool(text.is_some_and(|t| Version::parse(t).is_ok())))
}

fn amount(c: &mut PolicyCall, parse: fn(&str) -> Result<Num, String>) -> Done {
    c.charge_bytes(c.bytes(0).len().saturating_mul(8))?;
    let n = parse(c.str(0)?).map_err(Stop::Builtin)?;
    Ok(c.number(n))
}

fn units_parse(c: &mut PolicyCall) -> Done {
    amount(c, units::parse)
}

fn units_parse_bytes(c: &mut PolicyCall) -> Done {
    amount(c, units::parse_bytes)
}

fn url_encode(c: &mut PolicyCall) -> Done {
    let text = c.bytes(0);
    c.charge_output(text.len().saturating_mul(3))?;
    let mut out = String::new();
    url::encode(text, &mut out);
    c.string(out)
}

fn url_decode(c: &mut PolicyCall) -> Done {
    c.charge_output(c.bytes(0).len())?;
    let text = url::decode(c.str(0)?).map_err(Stop::Builtin)?;
    c.string(text)
}

fn url_encode_object(c: &mut PolicyCall) -> Done {
    let operand = c.arg(0);
    c.charge_members(c.vm.doc_len(operand))?;
    let mut out = String::new();
    for (key, value) in c.vm.doc_entries(operand) {
        let Some(key) = key.as_str() else {
            return fail_operand(0, "object[string: one of {string, array[string], set[string]}]", "another key");
        };
        let values = match c.vm.doc_kind(value) {
            DocKind::Array | DocKind::Set => c.vm.doc_items(value),
            _ => &[value],
        };
        for v in values {
            let Some(bytes) = v.as_str() else {
                return fail_operand(0, "object[string: one of {string, array[string], set[string]}]", c.name_of(*v));
            };
            c.charge_output(key.len().saturating_add(bytes.len()).saturating_mul(3).saturating_add(2))?;
            if !out.is_empty() {
                out.push('&');
            }
            url::encode(key, &mut out);
            out.push('=');
            url::encode(bytes, &mut out);
        }
    }
    c.string(out)
}

fn url_decode_object(c: &mut PolicyCall) -> Done {
    let text = c.str(0)?;
    // A pair may be a single byte, and costs what a member costs.
    c.charge_output(text.len().saturating_mul(2))?;
    let mut by_key: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, value) in url::pairs(text).map_err(Stop::Builtin)? {
        c.charge_members(2)?;
        let value = c.string(value)?;
        by_key.entry(key).or_default().push(value);
    }
    let mut entries = Vec::with_capacity(by_key.len());
    for (key, values) in by_key {
        entries.push((c.string(key)?, c.array(&values)?));
    }
    c.object(entries)
}

fn uuid_parse(c: &mut PolicyCall) -> Done {
    // The longest form has 45 characters.
    let text = c.arg(0).as_str().filter(|b| b.len() < 64).and_then(|b| core::str::from_utf8(b).ok());
    let Some(uuid) = text.and_then(uuid::parse) else { return Err(Stop::Undefined) };
    let mut entries = Vec::new();
    let variant = c.string(uuid.variant)?;
    entries.push((c.string("variant")?, variant));
    entries.push((c.string("version")?, Value::int(i64::from(uuid.version))));
    if let Some(origin) = uuid.origin {
        let node = c.string(origin.node)?;
        entries.push((c.string("nodeid")?, node));
        entries.push((c.string("clocksequence")?, Value::int(origin.clock_sequence)));
        if let Some(time) = origin.time {
            entries.push((c.string("time")?, Value::int(time)));
        }
        if let Some((id, domain)) = origin.local {
            let domain = c.string(domain)?;
            entries.push((c.string("id")?, Value::int(id)));
            entries.push((c.string("domain")?, domain));
        }
    }
    c.object(entries)
}
