//! `muc#owner`: a room's configuration (XEP-0045 §10).
//!
//! Forms are read as they are, whatever their types claim, and submitted whole: a field that is left out is left to
//! what each server makes of that.

use domovoi_plugin::{Form, FormChange, FormField};
use minidom::Element;
use xmpp_parsers::{data_forms::DataForm, ns};
use xso::{AsXml, FromXml};

/// The namespace.
pub const NS: &str = "http://jabber.org/protocol/muc#owner";

/// So many fields of a form are looked at; a server that sends more is not to be trusted with our memory.
const MAX_FIELDS: usize = 200;

/// The query: empty to read the form, with a form of type `submit` to set it.
#[derive(FromXml, AsXml, Clone, PartialEq, Debug, Default)]
#[xml(namespace = NS, name = "query")]
pub struct Query {
    /// The form.
    #[xml(child(default))]
    pub form: Option<DataForm>,
}

/// The query that sets the configuration.
#[derive(FromXml, AsXml, Clone, PartialEq, Debug)]
#[xml(namespace = NS, name = "query")]
pub struct Submission {
    /// The form.
    #[xml(child)]
    form: Filled,
}

/// A form that was filled in.
#[derive(FromXml, AsXml, Clone, PartialEq, Debug)]
#[xml(namespace = ns::DATA_FORMS, name = "x")]
struct Filled {
    #[xml(attribute = "type")]
    kind: String,
    #[xml(child(n = ..))]
    fields: Vec<Field>,
}

/// A field with its values.
#[derive(FromXml, AsXml, Clone, PartialEq, Debug)]
#[xml(namespace = ns::DATA_FORMS, name = "field")]
struct Field {
    #[xml(attribute)]
    var: String,
    #[xml(extract(n = .., name = "value", fields(text(type_ = String))))]
    values: Vec<String>,
}

/// The form in an answer; `None` if there is none. Hidden fields and mere words are not among its fields.
#[must_use]
pub fn read(answer: &Element) -> Option<Form> {
    let shown = |field: &&Element| !matches!(field.attr("type"), Some("hidden" | "fixed"));
    let fields = fields(answer)?.filter(shown).filter_map(|field| {
        let is_flag = field.attr("type") == Some("boolean");
        let options = field.children().filter(|it| it.is("option", ns::DATA_FORMS));
        let options = options.filter_map(|it| it.get_child("value", ns::DATA_FORMS)).map(Element::text).collect();
        let mut read = FormField { values: Vec::new(), options, is_flag };
        read.values = values(field).iter().map(|it| read.plain(it)).collect();
        // A flag without a value is not set (XEP-0004 §3.3); some servers leave it out.
        if is_flag && read.values.is_empty() {
            read.values.push("0".to_owned());
        }
        Some((field.attr("var")?.to_owned(), read))
    });
    Some(Form { fields: fields.collect() })
}

/// The fields of a form with their values, as they are submitted.
pub type Values = Vec<(String, Vec<String>)>;

/// The form in an answer filled in again, with what of these changes it still offers; `None` if it is no form. Whether
/// anything differs then is the second.
#[must_use]
pub fn fill(answer: &Element, changes: &[FormChange]) -> Option<(Values, bool)> {
    let offered = read(answer)?;
    let mut is_new = false;
    let filled = fields(answer)?.filter(|it| it.attr("type") != Some("fixed")).filter_map(|field| {
        let var = field.attr("var")?.to_owned();
        let change = changes.iter().find(|it| it.key == var);
        let known = offered.fields.get(&var);
        match (change, known) {
            (Some(change), Some(known)) if !known.is_same(&change.after) => {
                is_new = true;
                Some((var, change.after.clone()))
            }
            _ => Some((var, values(field))),
        }
    });
    let filled = filled.collect();
    Some((filled, is_new))
}

/// The query that submits these fields.
#[must_use]
pub fn submit(fields: &[(String, Vec<String>)]) -> Submission {
    let fields = fields.iter().map(|(var, values)| Field { var: var.clone(), values: values.clone() });
    Submission { form: Filled { kind: "submit".to_owned(), fields: fields.collect() } }
}

fn fields(answer: &Element) -> Option<impl Iterator<Item = &Element>> {
    let form = answer.is("query", NS).then(|| answer.get_child("x", ns::DATA_FORMS)).flatten()?;
    Some(form.children().filter(|it| it.is("field", ns::DATA_FORMS)).take(MAX_FIELDS))
}

fn values(field: &Element) -> Vec<String> {
    field.children().filter(|it| it.is("value", ns::DATA_FORMS)).map(Element::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>\
        <title>Configuration</title>\
        <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
        <field type='fixed'><value>General</value></field>\
        <field var='muc#roomconfig_moderatedroom' type='boolean'><value>false</value></field>\
        <field var='muc#roomconfig_roomname' type='text-single'><value>Garden</value></field>\
        <field var='muc#roomconfig_presencebroadcast' type='list-multi'><value>moderator</value>\
        <value>visitor</value><option label='M'><value>moderator</value></option><option><value>visitor</value>\
        </option></field></x></query>";

    fn change(key: &str, after: &str) -> FormChange {
        FormChange { key: key.to_owned(), before: Vec::new(), after: vec![after.to_owned()] }
    }

    #[test]
    fn a_form_is_read_with_its_flags_and_choices() {
        let form = read(&ANSWER.parse().unwrap()).unwrap();
        assert_eq!(form.fields.len(), 3);
        assert_eq!(form.fields["muc#roomconfig_moderatedroom"], FormField::flag(false));
        let broadcast = &form.fields["muc#roomconfig_presencebroadcast"];
        assert_eq!((broadcast.values.len(), broadcast.options.len()), (2, 2));
        assert_eq!(read(&"<query xmlns='http://jabber.org/protocol/muc#owner'/>".parse().unwrap()), None);
    }

    #[test]
    fn it_is_submitted_whole_and_only_what_was_asked_for_differs() {
        let answer: Element = ANSWER.parse().unwrap();
        let changes = [change("muc#roomconfig_moderatedroom", "1"), change("slow_mode", "20")];
        let (fields, is_new) = fill(&answer, &changes).unwrap();
        assert!(is_new);
        let xml = String::from_utf8(xso::to_vec(&submit(&fields)).unwrap()).unwrap();
        insta::assert_snapshot!(xml, @"<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var='muc#roomconfig_moderatedroom'><value>1</value></field><field var='muc#roomconfig_roomname'><value>Garden</value></field><field var='muc#roomconfig_presencebroadcast'><value>moderator</value><value>visitor</value></field></x></query>");
        let (_, is_new) = fill(&answer, &[change("muc#roomconfig_moderatedroom", "0")]).unwrap();
        assert!(!is_new, "it is so already");
    }
}
