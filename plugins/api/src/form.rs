//! A room's configuration form (XEP-0045 §10.2, XEP-0004), as keys and values.
//!
//! Servers differ in what they offer and how they call it; whoever wants something changed names it in every way that
//! is known, and only what the room's own form offers is touched.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A form as the room offers it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Form {
    /// Its fields by their names, such as `muc#roomconfig_moderatedroom`.
    pub fields: BTreeMap<String, FormField>,
}

/// One field of a form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FormField {
    /// Its values now; a flag has `1` or `0`.
    pub values: Vec<String>,
    /// What may be chosen; empty where anything may be written.
    pub options: Vec<String>,
    /// Whether it is a flag, `1` or `0`.
    pub is_flag: bool,
}

/// One field that was changed, or is to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FormChange {
    /// Its name.
    pub key: String,
    /// What it was.
    pub before: Vec<String>,
    /// What it is then.
    pub after: Vec<String>,
}

impl Form {
    /// The first value of a field; `None` where the room does not offer it, or it is empty.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.values.first().map(String::as_str)
    }

    /// What of these wishes makes a difference here: fields that the room does not offer, values that cannot be chosen
    /// and what is so already are left out.
    #[must_use]
    pub fn changes(&self, wanted: &[(String, Vec<String>)]) -> Vec<FormChange> {
        let change = |(key, values): &(String, Vec<String>)| {
            let field = self.fields.get(key)?;
            let after: Vec<String> = values.iter().map(|it| field.plain(it)).collect();
            let is_offered = field.options.is_empty() || after.iter().all(|it| field.options.contains(it));
            let is_new = !field.is_same(&after);
            (is_offered && is_new).then(|| FormChange { key: key.clone(), before: field.values.clone(), after })
        };
        wanted.iter().filter_map(change).collect()
    }
}

impl FormField {
    /// A flag.
    #[must_use]
    pub fn flag(is_set: bool) -> Self {
        Self { values: vec![if is_set { "1" } else { "0" }.to_owned()], options: Vec::new(), is_flag: true }
    }

    /// A field in which one of these is chosen; anything may be written if there are none.
    #[must_use]
    pub fn one(value: &str, options: &[&str]) -> Self {
        let options = options.iter().map(|it| (*it).to_owned()).collect();
        Self { values: vec![value.to_owned()], options, is_flag: false }
    }

    /// Whether these are its values already, in whatever order.
    #[must_use]
    pub fn is_same(&self, values: &[String]) -> bool {
        let sorted = |values: &[String]| {
            let mut values: Vec<String> = values.iter().map(|it| self.plain(it)).collect();
            values.sort();
            values
        };
        sorted(&self.values) == sorted(values)
    }

    /// A flag may be written in two ways (XEP-0004 §3.3).
    #[must_use]
    pub fn plain(&self, value: &str) -> String {
        match value {
            "true" if self.is_flag => "1".to_owned(),
            "false" if self.is_flag => "0".to_owned(),
            other => other.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let fields = [
            ("moderated", FormField::flag(false)),
            ("allowpm", FormField::one("anyone", &["anyone", "moderators"])),
            ("name", FormField::one("Garden", &[])),
        ];
        Form { fields: fields.map(|(key, field)| (key.to_owned(), field)).into() }
    }

    fn check(key: &str, value: &str, expected: Option<(&str, &str)>) {
        let changes = form().changes(&[(key.to_owned(), vec![value.to_owned()])]);
        let found = changes.first().map(|it| (it.before[0].as_str(), it.after[0].as_str()));
        assert_eq!(found, expected, "{key} = {value}");
    }

    #[test]
    fn only_what_the_room_offers_and_what_differs_is_changed() {
        check("moderated", "1", Some(("0", "1")));
        check("moderated", "true", Some(("0", "1")));
        check("moderated", "false", None);
        check("allowpm", "moderators", Some(("anyone", "moderators")));
        check("allowpm", "participants", None);
        check("name", "Hall", Some(("Garden", "Hall")));
        check("slow_mode", "20", None);
    }
}
