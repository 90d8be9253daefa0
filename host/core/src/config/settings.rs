//! Settings of a policy: TOML in, JSON out, and the line of every value.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::place::LineIndex;

/// Settings as they were given.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) values: Map<String, Value>,
    /// By JSON pointer.
    pub(super) lines: BTreeMap<String, usize>,
}

/// A value that JSON cannot hold.
pub(super) struct Unfit {
    /// Its place, as a JSON pointer.
    pub(super) pointer: String,
    pub(super) line: usize,
    /// What it is, without its value, which may be a secret.
    pub(super) found: &'static str,
    pub(super) accepted: &'static str,
}

/// Turns a table into JSON, or says everything that JSON cannot hold.
pub(super) fn convert(table: &DeTable<'_>, index: &LineIndex<'_>) -> Result<Settings, Vec<Unfit>> {
    let mut conversion = Conversion {
        index,
        lines: BTreeMap::new(),
        unfit: Vec::new(),
    };
    let values = conversion.table(table, "");
    if conversion.unfit.is_empty() {
        Ok(Settings {
            values,
            lines: conversion.lines,
        })
    } else {
        Err(conversion.unfit)
    }
}

struct Conversion<'a> {
    index: &'a LineIndex<'a>,
    lines: BTreeMap<String, usize>,
    unfit: Vec<Unfit>,
}

impl Conversion<'_> {
    fn table(&mut self, table: &DeTable<'_>, pointer: &str) -> Map<String, Value> {
        let mut values = Map::new();
        for (name, value) in table {
            let escaped = name.get_ref().replace('~', "~0").replace('/', "~1");
            let pointer = format!("{pointer}/{escaped}");
            self.lines
                .insert(pointer.clone(), self.index.line(name.span().start));
            values.insert(name.get_ref().to_string(), self.value(value, &pointer));
        }
        values
    }

    /// The toml crate bounds how deep values nest, so this may call itself.
    fn value(&mut self, value: &Spanned<DeValue<'_>>, pointer: &str) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(switch) => Value::Bool(*switch),
            DeValue::Integer(integer) => match number(integer) {
                Some(number) => Value::Number(number),
                None => self.refuse(
                    value,
                    pointer,
                    "a number that is too large",
                    "64 bits at most",
                ),
            },
            DeValue::Float(float) => {
                let number = float.as_str().parse().ok().and_then(Number::from_f64);
                match number {
                    Some(number) => Value::Number(number),
                    None => self.refuse(
                        value,
                        pointer,
                        "a number that is not finite",
                        "a finite one",
                    ),
                }
            }
            DeValue::Datetime(_) => self.refuse(value, pointer, "a date or time", "a text"),
            DeValue::Table(table) => Value::Object(self.table(table, pointer)),
            DeValue::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let pointer = format!("{pointer}/{index}");
                    self.lines
                        .insert(pointer.clone(), self.index.line(item.span().start));
                    values.push(self.value(item, &pointer));
                }
                Value::Array(values)
            }
        }
    }

    fn refuse(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        pointer: &str,
        found: &'static str,
        accepted: &'static str,
    ) -> Value {
        let line = self.index.line(value.span().start);
        self.unfit.push(Unfit {
            pointer: pointer.into(),
            line,
            found,
            accepted,
        });
        Value::Null
    }
}

fn number(integer: &DeInteger<'_>) -> Option<Number> {
    let signed = i64::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .map(Number::from);
    signed.or_else(|| {
        u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(Number::from)
    })
}
