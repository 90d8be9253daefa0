//! Reads tables of a file by the table of keys, and collects everything that does not fit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::duration;
use super::error::{ConfigError, Fault, Problem, Suggestion};
use super::files::{must_be_file, must_have_directory};
use super::found::found;
use super::key::{Key, Kind, Use};
use super::nearest::nearest;
use super::place::{LineIndex, Place};
use super::settings;
use super::text::{CapabilityName, Text};

/// A file that is being read.
pub(super) struct Reader<'a> {
    file: Arc<str>,
    base: &'a Path,
    index: LineIndex<'a>,
    problems: Vec<Problem>,
    /// The line of every key that was given, and of every table around one.
    given: BTreeMap<String, usize>,
}

/// One of several tables with the same keys.
pub(super) struct Entry<S> {
    /// What its keys begin with: `policy[1]`.
    pub(super) name: String,
    pub(super) draft: S,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: Arc<str>, base: &'a Path, text: &'a str) -> Self {
        let index = LineIndex::new(text);
        Self {
            file,
            base,
            index,
            problems: Vec::new(),
            given: BTreeMap::new(),
        }
    }

    /// The whole file. What is wrong with its keys is only noted.
    ///
    /// # Errors
    ///
    /// When it is not TOML; nothing can be said about its keys then.
    pub(super) fn document<S: Default>(
        &mut self,
        keys: &[Key<S>],
        text: &str,
    ) -> Result<S, ConfigError> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut draft = S::default();
        if errors.is_empty() {
            self.level(keys, &mut draft, "", "", document.get_ref());
            return Ok(draft);
        }
        // One slip often makes several errors of the parser; the first of a line is the best.
        let mut reported = None;
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            let line = self.index.line(offset);
            if reported != Some(line) {
                let column = self.index.column(offset);
                let message = error.message().to_owned();
                self.report(Some(line), Fault::Syntax { column, message });
                reported = Some(line);
            }
        }
        ConfigError::unless_none(std::mem::take(&mut self.problems)).map(|()| draft)
    }

    /// The tables of a `[[name]]`.
    pub(super) fn entries<S: Default>(
        &mut self,
        keys: &[Key<S>],
        name: &str,
        tables: &DeArray<'_>,
    ) -> Vec<Entry<S>> {
        let mut entries = Vec::new();
        for (index, item) in tables.iter().enumerate() {
            let name = format!("{name}[{index}]");
            let line = self.index.line(item.span().start);
            self.given.insert(name.clone(), line);
            let mut draft = S::default();
            match item.get_ref() {
                DeValue::Table(table) => {
                    self.level(keys, &mut draft, &name, "", table);
                    self.check_needed(keys, &mut draft, &name);
                }
                other => self.unexpected(line, &name, found(other, true), "a table".into()),
            }
            entries.push(Entry { name, draft });
        }
        entries
    }

    fn check_needed<S>(&mut self, keys: &[Key<S>], of: &mut S, name: &str) {
        for key in keys.iter().filter(|key| key.needed) {
            let path = join(name, key.path);
            if !self.given.contains_key(&path) {
                let accepted = key.accepts(of);
                self.report(
                    self.line_of(name),
                    Fault::Missing {
                        key: path,
                        accepted,
                    },
                );
            }
        }
    }

    /// One table. `entry` is what stands before all its keys, `level` where in it we are.
    fn level<S>(
        &mut self,
        keys: &[Key<S>],
        into: &mut S,
        entry: &str,
        level: &str,
        table: &DeTable<'_>,
    ) {
        for (name, value) in table {
            let line = self.index.line(name.span().start);
            let path = join(level, name.get_ref());
            let full = join(entry, &path);
            // A quoted name may have dots in it; no key of ours does.
            let known = !name.get_ref().contains('.');
            let key = keys.iter().find(|key| known && key.path == path);
            let mut below = keys
                .iter()
                .filter(|key| known && is_below(key.path, &path))
                .peekable();
            if let Some(key) = key {
                self.given.insert(full.clone(), line);
                self.value(key, into, &full, value);
            } else if below.peek().is_some() {
                self.given.insert(full.clone(), line);
                if let DeValue::Table(table) = value.get_ref() {
                    self.level(keys, into, entry, &path, table);
                } else {
                    let secret = below.any(|key| key.secret);
                    let accepted = format!("a table with {}", names(&names_in(keys, &path)));
                    self.unexpected(line, &full, found(value.get_ref(), secret), accepted);
                }
            } else {
                let known = names_in(keys, level);
                let near = nearest(name.get_ref(), known.iter().copied());
                let suggestion = match near {
                    Some(name) => Suggestion::Nearest(name.into()),
                    None => Suggestion::OneOf(known.into_iter().map(String::from).collect()),
                };
                let key = full.escape_debug().to_string();
                self.report(Some(line), Fault::Unknown { key, suggestion });
            }
        }
    }

    /// The value of a key, into its place.
    fn value<S>(&mut self, key: &Key<S>, into: &mut S, full: &str, value: &Spanned<DeValue<'_>>) {
        let inner = value.get_ref();
        let fits = match &key.kind {
            Kind::Duration(at, least, most) => {
                let read = inner.as_str().and_then(duration::parse);
                put(at(into), read.filter(|read| (least..=most).contains(&read)))
            }
            Kind::Bytes(at, least, most) => {
                let read = inner.as_str().and_then(|text| text.parse().ok());
                put(at(into), read.filter(|read| (least..=most).contains(&read)))
            }
            Kind::Integer(at, least, most) => {
                let read = inner.as_integer().and_then(|integer| {
                    usize::from_str_radix(integer.as_str(), integer.radix()).ok()
                });
                put(at(into), read.filter(|read| (least..=most).contains(&read)))
            }
            Kind::Switch(at) => put(at(into), inner.as_bool()),
            Kind::Text(at) => inner.as_str().is_some_and(|text| at(into).set(text)),
            Kind::Path(at, used) => match inner.as_str() {
                Some("") if *used == Use::Directory => put(at(into), Some(Some(PathBuf::new()))),
                Some("") | None => false,
                Some(text) => {
                    let path = self.base.join(text);
                    self.check_path(full, value, &path, *used);
                    put(at(into), Some(Some(path)))
                }
            },
            Kind::Patterns(at) => match inner.as_array().filter(|items| !items.is_empty()) {
                Some(items) => put(at(into), Some(self.items(full, items))),
                None => false,
            },
            Kind::Hosts(at) => match inner.as_array() {
                Some(items) => put(at(into), Some(self.items(full, items))),
                None => false,
            },
            Kind::Networks(at) => match inner.as_array() {
                Some(items) => put(at(into), Some(self.items(full, items))),
                None => false,
            },
            Kind::Capabilities(at) => match inner.as_array() {
                Some(items) => {
                    let names: Vec<CapabilityName> = self.items(full, items);
                    put(
                        at(into),
                        Some(Some(names.into_iter().map(|name| name.0).collect())),
                    )
                }
                None => false,
            },
            Kind::Settings(at) => match inner.as_table() {
                Some(table) => {
                    *at(into) = self.settings(full, table);
                    true
                }
                None => false,
            },
            Kind::Tables(read) => match inner.as_array().filter(|items| !items.is_empty()) {
                Some(items) => {
                    read(into, self, items);
                    true
                }
                None => false,
            },
        };
        if !fits {
            let line = self.index.line(value.span().start);
            self.unexpected(line, full, found(inner, key.secret), key.accepts(into));
        }
    }

    /// The texts of a list.
    fn items<T: Text>(&mut self, full: &str, items: &DeArray<'_>) -> Vec<T> {
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.get_ref().as_str().and_then(T::read) {
                Some(value) => values.push(value),
                None => {
                    let line = self.index.line(item.span().start);
                    let key = format!("{full}[{index}]");
                    self.unexpected(line, &key, found(item.get_ref(), false), T::accepts());
                }
            }
        }
        values
    }

    fn settings(&mut self, full: &str, table: &DeTable<'_>) -> Option<settings::Settings> {
        match settings::convert(table, &self.index) {
            Ok(settings) => Some(settings),
            Err(unfit) => {
                for settings::Unfit {
                    pointer,
                    line,
                    found,
                    accepted,
                } in unfit
                {
                    let key = format!("{full}{}", pointer.escape_debug());
                    self.unexpected(line, &key, found.into(), accepted.into());
                }
                None
            }
        }
    }

    fn check_path(&mut self, full: &str, value: &Spanned<DeValue<'_>>, path: &Path, used: Use) {
        let (checked, accepted) = match used {
            Use::Reads => (must_be_file(path), "a file that exists"),
            Use::Makes => (
                must_have_directory(path),
                "a file in a directory that exists",
            ),
            Use::ReadsSecret | Use::Directory => return,
        };
        if let Err(cause) = checked {
            let (key, path) = (full.into(), path.into());
            let line = self.index.line(value.span().start);
            self.report(
                Some(line),
                Fault::File {
                    key,
                    path,
                    cause,
                    accepted,
                },
            );
        }
    }

    /// Where a path that stands in the file leads.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.base.join(path)
    }

    /// The line of a key that was given.
    pub(super) fn line_of(&self, key: &str) -> Option<usize> {
        self.given.get(key).copied()
    }

    /// The place of a key, or that of the file when the key was not given.
    pub(super) fn place_of(&self, key: &str) -> Place {
        Place {
            file: Arc::clone(&self.file),
            line: self.line_of(key),
        }
    }

    /// Lines of all keys of an entry, by the keys' names inside it.
    pub(super) fn lines_in(&self, entry: &str) -> BTreeMap<String, usize> {
        let inside = |(key, line): (&String, &usize)| {
            Some((
                key.strip_prefix(entry)?.strip_prefix('.')?.to_owned(),
                *line,
            ))
        };
        self.given.iter().filter_map(inside).collect()
    }

    /// Reports a fault on a line, or of the file as a whole.
    pub(super) fn report(&mut self, line: Option<usize>, fault: Fault) {
        let place = Place {
            file: Arc::clone(&self.file),
            line,
        };
        self.problems.push(Problem { place, fault });
    }

    fn unexpected(&mut self, line: usize, key: &str, found: String, accepted: String) {
        self.report(
            Some(line),
            Fault::Unexpected {
                key: key.into(),
                found,
                accepted,
            },
        );
    }

    /// Everything that was reported.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

fn put<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

fn join(before: &str, name: &str) -> String {
    if before.is_empty() {
        name.into()
    } else {
        format!("{before}.{name}")
    }
}

fn is_below(key: &str, level: &str) -> bool {
    key.strip_prefix(level)
        .is_some_and(|rest| level.is_empty() || rest.starts_with('.'))
}

/// The names that are known in a table, each once, in the order of the table of keys.
fn names_in<S>(keys: &[Key<S>], level: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for key in keys.iter().filter(|key| is_below(key.path, level)) {
        let rest = key
            .path
            .get(level.len()..)
            .unwrap_or_default()
            .trim_start_matches('.');
        let name = rest.split('.').next().unwrap_or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn names(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    shown.join(", ")
}
