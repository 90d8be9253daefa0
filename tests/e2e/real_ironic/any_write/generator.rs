//! Making up bodies that satisfy a schema, as far as values can be found that do.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::schemas::Files;
use super::values::{IDS, INTEGERS, LENGTHS, NAMES, NUMBERS, TEXTS, USUAL};

/// Levels of what is made up where anything goes.
const DEPTH: usize = 3;

pub(super) struct Generator {
    files: Files,
    state: u64,
    texts: Vec<String>,
    /// Values that let Ironic go on reading, by the member they stand in.
    usual: HashMap<&'static str, Value>,
    /// Which texts satisfy a schema, by the schema.
    fitting: HashMap<String, Vec<usize>>,
}

impl Generator {
    /// The same bodies each time, about `things`: ids by their kind.
    pub(super) fn new(things: &BTreeMap<&str, String>) -> Self {
        let mut texts: Vec<String> = TEXTS.iter().map(|&text| text.to_owned()).collect();
        texts.extend(LENGTHS.iter().map(|&length| "x".repeat(length)));
        texts.extend(things.values().cloned());
        let mut usual: HashMap<_, Value> = HashMap::new();
        usual.extend(USUAL.iter().map(|&(name, value)| (name, value.into())));
        usual.extend(NUMBERS.iter().map(|&(name, value)| (name, value.into())));
        let id = |kind: &str| things[kind].as_str().into();
        usual.extend(IDS.iter().map(|&(name, kind)| (name, id(kind))));
        Self {
            files: Files::read(),
            state: 0x9e37_79b9_7f4a_7c15,
            texts,
            usual,
            fitting: HashMap::new(),
        }
    }

    /// A body for an operation; for one that patches, a patch.
    pub(super) fn body(&mut self, operation: &str) -> Value {
        let schema = self.files.operation(operation);
        if schema.get("x-patched").is_some() {
            return self.patch(&schema);
        }
        if schema.get("x-body").is_some() && self.one_in(3) {
            return Value::Null;
        }
        self.value(&schema, DEPTH)
    }

    /// A path, the words in braces replaced by ids.
    pub(super) fn path(&mut self, path: &str, things: &BTreeMap<&str, String>) -> String {
        let named = things.iter().fold(path.to_owned(), |path, (kind, id)| {
            path.replace(&format!("{{{kind}}}"), id)
        });
        assert!(!named.contains('{'), "{named}");
        named
    }

    fn patch(&mut self, schema: &Map<String, Value>) -> Value {
        let fields = schema["properties"].as_object().expect("fields");
        let fields: Vec<_> = fields.iter().collect();
        let mut steps = Vec::new();
        for _ in 0..=self.below(3) {
            let (field, schema) = fields[self.below(fields.len())];
            let schema = self.files.flat(schema, "");
            if self.one_in(6) {
                steps.push(json!({"op": "remove", "path": format!("/{field}")}));
                continue;
            }
            let op = if self.one_in(2) { "add" } else { "replace" };
            let value = self.value(&schema, DEPTH);
            // A member of an object rather than the whole.
            if let (Value::Object(members), true) = (&value, self.one_in(2))
                && let Some((name, value)) = members.iter().next()
            {
                let path = format!("/{field}/{name}");
                steps.push(json!({"op": "add", "path": path, "value": value}));
                continue;
            }
            steps.push(json!({"op": op, "path": format!("/{field}"), "value": value}));
        }
        steps.into()
    }

    fn value(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        for choice in ["anyOf", "oneOf"] {
            if let Some(Value::Array(choices)) = schema.get(choice) {
                let chosen = &choices[self.below(choices.len())];
                let mut rest = schema.clone();
                rest.remove(choice);
                return self.value(&self.chosen(rest, chosen), depth);
            }
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return values[self.below(values.len())].clone();
        }
        let kind = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds[self.below(kinds.len())].clone(),
            Some(kind) => kind.clone(),
            None if schema.contains_key("properties") || schema.contains_key("required") => {
                "object".into()
            }
            None if schema.contains_key("pattern") => "string".into(),
            None => return self.anything(depth),
        };
        match kind.as_str().expect("a type") {
            "null" => Value::Null,
            "boolean" => self.one_in(2).into(),
            "integer" | "number" => self.integer(schema),
            "string" => self.text(schema),
            "array" => self.array(schema, depth),
            "object" => self.object(schema, depth),
            other => panic!("type `{other}`"),
        }
    }

    /// A schema narrowed to one of its choices.
    fn chosen(&self, mut rest: Map<String, Value>, chosen: &Value) -> Map<String, Value> {
        for (key, value) in self.files.flat(chosen, "") {
            match (key.as_str(), rest.get_mut(&key), value) {
                ("required", Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
                ("properties", Some(Value::Object(known)), Value::Object(more)) => {
                    for (name, narrower) in more {
                        let wider = known.get(&name).cloned().unwrap_or_default();
                        known.insert(name, json!({"allOf": [wider, narrower]}));
                    }
                }
                (_, _, value) => drop(rest.insert(key, value)),
            }
        }
        rest
    }

    fn integer(&mut self, schema: &Map<String, Value>) -> Value {
        let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
        let (least, most) = (
            bound("minimum").unwrap_or(i64::MIN),
            bound("maximum").unwrap_or(i64::MAX),
        );
        let mut fitting: Vec<i64> = INTEGERS.to_vec();
        fitting.retain(|number| (least..=most).contains(number));
        fitting.extend([bound("minimum"), bound("maximum")].into_iter().flatten());
        fitting[self.below(fitting.len())].into()
    }

    fn text(&mut self, schema: &Map<String, Value>) -> Value {
        let mut schema = schema.clone();
        schema.insert("type".into(), "string".into());
        let schema = Value::Object(schema);
        let texts = &self.texts;
        let fitting = self.fitting.entry(schema.to_string()).or_insert_with(|| {
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            let fits = |at: &usize| validator.is_valid(&Value::from(texts[*at].as_str()));
            (0..texts.len()).filter(fits).collect()
        });
        assert!(!fitting.is_empty(), "no text for {schema}");
        let fitting = fitting.clone();
        let at = fitting[self.below(fitting.len())];
        self.texts[at].clone().into()
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let most = schema.get("maxItems").and_then(Value::as_u64);
        let length = (least + self.below(3) as u64).min(most.unwrap_or(u64::MAX));
        let item = schema.get("items").cloned().unwrap_or_default();
        let item = self.files.flat(&item, "");
        (0..length).map(|_| self.value(&item, depth)).collect()
    }

    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let mut members = Map::new();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            if !required.contains(&name.as_str()) && !self.one_in(4) {
                continue;
            }
            let value = match self.usual.get(name.as_str()).cloned() {
                Some(usual) if !self.one_in(5) => usual,
                Some(_) | None => {
                    let schema = self.files.flat(schema, "");
                    self.value(&schema, depth)
                }
            };
            members.insert(name.clone(), value);
        }
        let is_open = schema.get("additionalProperties") != Some(&Value::Bool(false));
        let is_empty = schema.get("maxProperties") == Some(&0.into());
        // Beside members that are known, most know no others.
        let has_others = properties.is_none() || self.one_in(3);
        if is_open && !is_empty && has_others {
            for _ in 0..self.below(3) {
                let name = NAMES[self.below(NAMES.len())].to_owned();
                let value = self.anything(depth.saturating_sub(1));
                members.entry(name).or_insert(value);
            }
        }
        members.into()
    }

    fn anything(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => self.one_in(2).into(),
            2 => INTEGERS[self.below(INTEGERS.len())].into(),
            3 => 1.5.into(),
            4 => {
                let at = self.below(self.texts.len());
                self.texts[at].clone().into()
            }
            5 => (0..self.below(3))
                .map(|_| self.anything(depth - 1))
                .collect(),
            _ => (0..self.below(3))
                .map(|_| {
                    let name = NAMES[self.below(NAMES.len())].to_owned();
                    (name, self.anything(depth - 1))
                })
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % limit.max(1) as u64).expect("small")
    }
}
