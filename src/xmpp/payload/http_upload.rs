//! XEP-0363: slots for files.

use domovoi_plugin::{Slot, SlotAsk, jid::Jid};
use minidom::Element;
use xmpp_parsers::http_upload::SlotRequest;

use super::data_form;
use crate::xmpp::legal::legal;

const NS: &str = "urn:xmpp:http:upload:0";
const NS_INFO: &str = "http://jabber.org/protocol/disco#info";
const NS_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// So many items of a server are looked at.
const MAX_ITEMS: usize = 30;
/// The longest address of a slot.
const MAX_URL: usize = 4 * 1024;

/// Asks for a slot (§5).
#[must_use]
pub fn request(ask: &SlotAsk) -> Element {
    let text = |it: &str| legal(it).into_owned();
    let content_type = Some(text(&ask.media_type));
    SlotRequest { filename: text(&ask.name), size: ask.size, content_type }.into()
}

/// The slot in an answer.
#[must_use]
pub fn read(answer: &Element) -> Option<Slot> {
    let slot = Some(answer).filter(|it| it.is("slot", NS))?;
    let put = slot.get_child("put", NS)?;
    let url = |it: &Element| it.attr("url").filter(|it| it.len() <= MAX_URL).map(str::to_owned);
    let is_header = |it: &&Element| it.is("header", NS);
    // A line break could make another header of it (§5): the whole is refused where it is sent.
    let header = |it: &Element| Some((it.attr("name")?.to_owned(), it.text()));
    let headers = put.children().filter(is_header).take(10).filter_map(header).collect();
    Some(Slot { put: url(put)?, get: url(slot.get_child("get", NS)?)?, headers, ..Slot::default() })
}

/// What a service says of itself: how large a file may be, if it says that; `None` if it takes no files.
#[must_use]
pub fn read_service(info: &Element) -> Option<Option<u64>> {
    let is_feature = |it: &&Element| it.is("feature", NS_INFO) && it.attr("var") == Some(NS);
    info.children().find(is_feature)?;
    let is_about = |form: &&Element| data_form::form_type(form).as_deref() == Some(NS);
    let form = info.children().filter(|it| it.is("x", "jabber:x:data")).find(is_about);
    Some(form.and_then(|it| data_form::value(it, "max-file-size")).and_then(|it| it.trim().parse().ok()))
}

/// What belongs to a server (XEP-0030 §4).
#[must_use]
pub fn read_items(answer: &Element) -> Vec<Jid> {
    let jid = |it: &Element| it.attr("jid").and_then(|it| Jid::new(it).ok());
    answer.children().filter(|it| it.is("item", NS_ITEMS)).filter_map(jid).take(MAX_ITEMS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(text: &str) -> Element {
        text.parse().unwrap()
    }

    #[test]
    fn a_slot_is_read_as_prosody_and_ejabberd_write_it() {
        let slot = read(&element(
            "<slot xmlns='urn:xmpp:http:upload:0'><get url='https://up.example/a/b.png'/>\
             <put url='https://up.example/a/b.png?x=1'><header name='Authorization'>Basic k</header></put></slot>",
        ));
        let slot = slot.unwrap();
        assert_eq!(
            (slot.put.as_str(), slot.get.as_str()),
            ("https://up.example/a/b.png?x=1", "https://up.example/a/b.png")
        );
        assert_eq!(slot.headers, [("Authorization".to_owned(), "Basic k".to_owned())]);
        for broken in [
            "<slot xmlns='urn:xmpp:http:upload'><get url='a'/><put url='b'/></slot>",
            "<slot xmlns='urn:xmpp:http:upload:0'><get url='a'/></slot>",
            "<slot xmlns='urn:xmpp:http:upload:0'><get/><put url='b'/></slot>",
        ] {
            assert_eq!(read(&element(broken)), None, "{broken}");
        }
    }

    #[test]
    fn a_service_says_what_it_takes() {
        let head = "<query xmlns='http://jabber.org/protocol/disco#info'>";
        let feature = "<feature var='urn:xmpp:http:upload:0'/>";
        let form = "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>\
                    <value>urn:xmpp:http:upload:0</value></field>\
                    <field var='max-file-size'><value>10485760</value></field></x>";
        let check = |inner: &str, expected: Option<Option<u64>>| {
            assert_eq!(read_service(&element(&format!("{head}{inner}</query>"))), expected, "{inner}");
        };
        check(&format!("{feature}{form}"), Some(Some(10_485_760)));
        check(feature, Some(None));
        check(form, None);
    }

    #[test]
    fn a_request_names_the_file() {
        let ask = SlotAsk { name: "a.png".to_owned(), media_type: "image/png".to_owned(), size: 7 };
        let element = request(&ask);
        assert_eq!(
            (element.attr("filename"), element.attr("size"), element.attr("content-type")),
            (Some("a.png"), Some("7"), Some("image/png"))
        );
    }
}
