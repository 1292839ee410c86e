//! Kinds of values, and `print`.

use super::call::{Done, PolicyCall, bind_rgs, kind_name};
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "is_array" => is_array,
    "is_boolean" => is_boolean,
    "is_null" => is_null,
    "is_number" => is_number,
    "is_object" => is_object,
    "is_set" => is_set,
    "is_string" => is_string,
    "type_name" => type_name,
}

fn is(c: &mut PolicyCall, kind: DocKind) -> Done {
    Ok(Value::bool(c.kind(0) == kind))
}

fn is_array(c: &mut PolicyCall) -> Done {
    is(c, DocKind::Array)
}

fn is_boolean(c: &mut PolicyCall) -> Done {
    is(c, DocKind::Boolean)
}

fn is_null(c: &mut PolicyCall) -> Done {
    is(c, DocKind::Null)
}

fn is_number(c: &mut PolicyCall) -> Done {
    is(c, DocKind::Number)
}

fn is_object(c: &mut PolicyCall) -> Done {
    is(c, DocKind::Object)
}

fn is_set(c: &mut PolicyCall) -> Done {
    is(c, DocKind::Set)
}

fn is_string(c: &mut PolicyCall) -> Done {
    is(c, DocKind::String)
}

fn type_name(c: &mut PolicyCall) -> Done {
    Ok(c.vm.literal(kind_name(c.kind(0))))
}
