//! One object of network data, asked for what it has to hold.

use super::forms::{Family, is_address, is_mac, is_v4_mask};
use crate::rules::NET;
use portcullis_guest::{Finding, Pointer};
use serde_json::{Map, Value};
use std::net::Ipv6Addr;

/// An object of network data and where it stands. Ids of links are sorted.
pub(super) struct Object<'a> {
    pub(super) members: &'a Map<String, Value>,
    pub(super) place: Pointer,
    pub(super) findings: &'a mut Vec<Finding>,
}

impl<'a> Object<'a> {
    pub(super) fn complain(&mut self, key: &str, found: &str, hint: &str) {
        self.findings
            .push(NET.at(self.place.key(key), found).with_hint(hint));
    }

    pub(super) fn text(&mut self, key: &str) -> Option<&'a str> {
        let text = self
            .members
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        if text.is_none() {
            self.complain(key, "no text", "a string that is not empty");
        }
        text
    }

    pub(super) fn any_text(&mut self, key: &str) {
        if !self.members.get(key).is_some_and(Value::is_string) {
            self.complain(key, "no text", "a string");
        }
    }

    pub(super) fn optional_text(&mut self, key: &str) {
        if self
            .members
            .get(key)
            .is_some_and(|value| !value.is_string())
        {
            self.complain(key, "something else than text", "a string, or nothing");
        }
    }

    pub(super) fn address(&mut self, key: &str, family: Family, is_optional: bool) {
        let found = self.members.get(key);
        let fits = match found.and_then(Value::as_str) {
            Some(text) => is_address(text, family),
            None => found.is_none() && is_optional,
        };
        if !fits {
            let hint = match family {
                Family::V4 => "an IPv4 address",
                Family::V6 => "an IPv6 address",
                Family::Either => "an IP address",
            };
            self.complain(key, "no address of the network's kind", hint);
        }
    }

    pub(super) fn mask(&mut self, key: &str, family: Family, is_optional: bool) {
        let found = self.members.get(key);
        let fits = match found.and_then(Value::as_str) {
            Some(text) => match family {
                Family::V4 => is_v4_mask(text),
                Family::V6 => text.parse::<Ipv6Addr>().is_ok(),
                Family::Either => is_v4_mask(text) || text.parse::<Ipv6Addr>().is_ok(),
            },
            None => found.is_none() && is_optional,
        };
        if !fits {
            self.complain(key, "no network mask", "a mask in the form of an address");
        }
    }

    /// Looks at every item of the array `key`, which may be missing.
    pub(super) fn each(&mut self, key: &str, check: impl Fn(&mut Object)) {
        let items = match self.members.get(key) {
            None => return,
            Some(Value::Array(items)) => items,
            Some(_) => return self.complain(key, "something else than an array", "an array"),
        };
        for (index, item) in items.iter().enumerate() {
            let place = self.place.key(key).index(index);
            match item {
                Value::Object(members) => check(&mut Object {
                    members,
                    place,
                    findings: self.findings,
                }),
                _ => self
                    .findings
                    .push(NET.at(place, "something else than an object")),
            }
        }
    }

    pub(super) fn one_of(&mut self, key: &str, known: &[&'static str]) -> Option<&'static str> {
        let found = self.members.get(key).and_then(Value::as_str);
        let known_one = known.iter().copied().find(|&one| Some(one) == found);
        if known_one.is_none() {
            self.complain(
                key,
                "no known value",
                &format!("one of {}", known.join(", ")),
            );
        }
        known_one
    }

    pub(super) fn range(&mut self, key: &str, range: &std::ops::RangeInclusive<i64>) {
        let fits = match self.members.get(key) {
            None | Some(Value::Null) => true,
            Some(value) => value.as_i64().is_some_and(|number| range.contains(&number)),
        };
        if !fits {
            let hint = format!("{} to {}", range.start(), range.end());
            self.complain(key, "a value out of range", &hint);
        }
    }

    pub(super) fn mac(&mut self, key: &str) {
        if !self
            .members
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(is_mac)
        {
            self.complain(
                key,
                "no MAC address",
                "six pairs of hexadecimal digits, as in 52:54:00:12:34:56",
            );
        }
    }

    pub(super) fn reference(&mut self, key: &str, ids: &[&str]) {
        if self
            .text(key)
            .is_some_and(|id| ids.binary_search(&id).is_err())
        {
            self.complain(
                key,
                "a link that is not there",
                "the id of one of the links",
            );
        }
    }

    pub(super) fn references(&mut self, key: &str, ids: &[&str]) {
        let Some(Value::Array(links)) = self.members.get(key) else {
            return self.complain(key, "no array of links", "an array of link ids");
        };
        if !links.iter().all(|link| {
            link.as_str()
                .is_some_and(|id| ids.binary_search(&id).is_ok())
        }) {
            self.complain(key, "a link that is not there", "ids of links");
        }
    }
}
