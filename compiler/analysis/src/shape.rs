//! Shapes of data, learned from samples and schemas: which fields there are and of what kind.
//! They tell what to offer and what to show; nothing that must hold is concluded from them.

use crate::data::Data;
use gatos_num::Num;
use std::collections::BTreeMap;

/// Keys of an object that are told apart; more of them make it a map.
const MAX_KEYS: usize = 64;
/// Different texts that are remembered as the only ones.
const MAX_TEXTS: usize = 8;
/// How deep schemas are followed.
const MAX_DEPTH: u32 = 32;

/// What a value was seen to be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    /// Whether it is anything at all, as far as is known.
    pub is_any: bool,
    /// Seen as null.
    pub null: bool,
    /// Seen as a boolean.
    pub boolean: bool,
    /// Seen as an integer.
    pub integer: bool,
    /// Seen as another number.
    pub fixed: bool,
    /// Seen as a text.
    pub text: bool,
    /// The texts seen, while they are few.
    pub texts: Option<Vec<String>>,
    /// Seen as an array, with its elements.
    pub array: Option<Box<Shape>>,
    /// Seen as an object.
    pub object: Option<ObjectShape>,
}

/// An object that was seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObjectShape {
    /// Its fields; the flag says whether one may be absent.
    pub fields: BTreeMap<String, (Shape, bool)>,
    /// Members under names that are not known.
    pub others: Option<Box<Shape>>,
}

/// What is known of the events that a fold gets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Samples {
    /// The payload of events.
    pub payload: Shape,
    /// The types of events that were seen.
    pub types: Vec<String>,
}

impl Samples {
    /// From envelopes of events, as JSON or DAG-CBOR gave them.
    pub fn of_events<'a>(events: impl IntoIterator<Item = &'a Data>) -> Samples {
        let mut out = Samples::default();
        let mut seen = false;
        for event in events {
            if let Some(payload) = event.field(b"payload") {
                let shape = Shape::of(payload);
                out.payload = if seen { out.payload.merge(&shape) } else { shape };
                seen = true;
            }
            if let Some(Data::Text(kind)) = event.field(b"type")
                && !out.types.contains(kind)
                && out.types.len() < MAX_KEYS
            {
                out.types.push(kind.clone());
            }
        }
        out.types.sort();
        out
    }
}

impl Shape {
    /// Nothing is known.
    pub fn any() -> Shape {
        Shape { is_any: true, ..Shape::default() }
    }

    /// Whether it tells nothing.
    pub fn is_empty(&self) -> bool {
        *self == Shape::default()
    }

    /// The shape of all of some JSON texts; those that are not JSON are left out.
    pub fn of_json(samples: &[&str]) -> Shape {
        let mut out: Option<Shape> = None;
        for data in samples.iter().filter_map(|s| Data::from_json(s).ok()) {
            let shape = Shape::of(&data);
            out = Some(match out {
                None => shape,
                Some(old) => old.merge(&shape),
            });
        }
        out.unwrap_or_default()
    }

    /// The shape of a value.
    pub fn of(data: &Data) -> Shape {
        let mut out = Shape::default();
        match data {
            Data::Null => out.null = true,
            Data::Bool(_) => out.boolean = true,
            Data::Number(Num::Int(_)) => out.integer = true,
            Data::Number(Num::Fixed(_)) => out.fixed = true,
            Data::Text(t) => {
                out.text = true;
                out.texts = (t.len() <= 40).then(|| vec![t.clone()]);
            }
            Data::Array(all) => {
                let mut inner = Shape::default();
                for (i, member) in all.iter().enumerate() {
                    let shape = Shape::of(member);
                    inner = if i == 0 { shape } else { inner.merge(&shape) };
                }
                out.array = Some(Box::new(inner));
            }
            Data::Object(all) => {
                let fields = all.iter().map(|(k, v)| (k.clone(), (Shape::of(v), false))).collect();
                out.object = Some(ObjectShape { fields, others: None }.kept_small());
            }
        }
        out
    }

    /// The shape that holds both.
    #[must_use]
    pub fn merge(mut self, other: &Shape) -> Shape {
        self.is_any |= other.is_any;
        self.null |= other.null;
        self.boolean |= other.boolean;
        self.integer |= other.integer;
        self.fixed |= other.fixed;
        self.texts = match (self.text, other.text) {
            (true, true) => match (self.texts, &other.texts) {
                (Some(mut a), Some(b)) => {
                    a.extend(b.iter().cloned());
                    a.sort();
                    a.dedup();
                    (a.len() <= MAX_TEXTS).then_some(a)
                }
                _ => None,
            },
            (true, false) => self.texts,
            (false, _) => other.texts.clone(),
        };
        self.text |= other.text;
        self.array = match (self.array, &other.array) {
            (Some(a), Some(b)) if a.is_empty() => Some(b.clone()),
            (Some(a), Some(b)) if !b.is_empty() => Some(Box::new(a.merge(b))),
            (Some(a), _) => Some(a),
            (None, b) => b.clone(),
        };
        self.object = match (self.object, &other.object) {
            (Some(a), Some(b)) => Some(a.merge(b)),
            (Some(a), None) => Some(a),
            (None, b) => b.clone(),
        };
        self
    }

    /// The shape that a JSON schema describes, as far as `type`, `properties`, `required`,
    /// `items`, `additionalProperties`, `enum`, `const`, `anyOf`, `oneOf`, `allOf` and local `$ref` say.
    pub fn of_schema(schema: &Data) -> Shape {
        schema_shape(schema, schema, MAX_DEPTH)
    }
}

impl ObjectShape {
    fn merge(mut self, other: &ObjectShape) -> ObjectShape {
        for (name, (shape, optional)) in &mut self.fields {
            match other.fields.get(name) {
                Some((o, also)) => {
                    *optional |= *also;
                    *shape = std::mem::take(shape).merge(o);
                }
                None => *optional = true,
            }
        }
        for (name, (shape, _)) in &other.fields {
            self.fields.entry(name.clone()).or_insert_with(|| (shape.clone(), true));
        }
        self.others = match (self.others, &other.others) {
            (Some(a), Some(b)) => Some(Box::new(a.merge(b))),
            (a, b) => a.or_else(|| b.clone()),
        };
        self.kept_small()
    }

    /// Objects with very many names are maps.
    fn kept_small(mut self) -> ObjectShape {
        if self.fields.len() > MAX_KEYS {
            let mut all = self.others.take().map(|b| *b).unwrap_or_default();
            for (shape, _) in self.fields.values() {
                all = if all.is_empty() { shape.clone() } else { all.merge(shape) };
            }
            self.fields.clear();
            self.others = Some(Box::new(all));
        }
        self
    }
}

fn schema_shape(schema: &Data, root: &Data, depth: u32) -> Shape {
    if depth == 0 || !matches!(schema, Data::Object(_)) {
        return Shape::any();
    }
    if let Some(Data::Text(to)) = schema.field(b"$ref") {
        let found = to.strip_prefix("#/").and_then(|path| {
            path.split('/').try_fold(root, |at, part| at.field(part.replace("~1", "/").replace("~0", "~").as_bytes()))
        });
        return found.map_or_else(Shape::any, |s| schema_shape(s, root, depth - 1));
    }
    let mut out = Shape::default();
    if let Some(value) = schema.field(b"const") {
        return Shape::of(value);
    }
    if let Some(Data::Array(all)) = schema.field(b"enum") {
        return all.iter().fold(Shape::default(), |shape, v| shape.merge(&Shape::of(v)));
    }
    let mut kinds: Vec<&str> = match schema.field(b"type") {
        Some(Data::Text(t)) => vec![t],
        Some(Data::Array(all)) => {
            all.iter().filter_map(|d| if let Data::Text(t) = d { Some(t.as_str()) } else { None }).collect()
        }
        _ => Vec::new(),
    };
    if kinds.is_empty() && schema.field(b"properties").is_some() {
        kinds.push("object");
    }
    for kind in &kinds {
        match *kind {
            "null" => out.null = true,
            "boolean" => out.boolean = true,
            "integer" => out.integer = true,
            "number" => (out.integer, out.fixed) = (true, true),
            "string" => out.text = true,
            "array" => {
                let items = schema.field(b"items").map(|s| schema_shape(s, root, depth - 1));
                out.array = Some(Box::new(items.unwrap_or_else(Shape::any)));
            }
            "object" => out.object = Some(schema_object(schema, root, depth)),
            _ => {}
        }
    }
    for name in [b"anyOf".as_slice(), b"oneOf", b"allOf"] {
        if let Some(Data::Array(all)) = schema.field(name) {
            for s in all {
                let shape = schema_shape(s, root, depth - 1);
                out = if out.is_empty() { shape } else { out.merge(&shape) };
            }
        }
    }
    if out.is_empty() { Shape::any() } else { out }
}

fn schema_object(schema: &Data, root: &Data, depth: u32) -> ObjectShape {
    let required: Vec<&str> = match schema.field(b"required") {
        Some(Data::Array(all)) => {
            all.iter().filter_map(|d| if let Data::Text(t) = d { Some(t.as_str()) } else { None }).collect()
        }
        _ => Vec::new(),
    };
    let mut out = ObjectShape::default();
    if let Some(Data::Object(all)) = schema.field(b"properties") {
        for (name, s) in all {
            out.fields.insert(name.clone(), (schema_shape(s, root, depth - 1), !required.contains(&name.as_str())));
        }
    }
    if let Some(more @ Data::Object(_)) = schema.field(b"additionalProperties") {
        out.others = Some(Box::new(schema_shape(more, root, depth - 1)));
    }
    out.kept_small()
}
