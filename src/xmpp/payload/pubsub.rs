//! Nodes that are published to (XEP-0060): what we ask, what is answered, and what services tell of by themselves.
//!
//! What strangers wrote is taken as plain data, within bounds; a part that is too much is left out.

use domovoi_plugin::{
    Audience, Item, News, Node, NodeAsk, NodeReply, Payload,
    jid::{BareJid, Jid},
};
use minidom::{Element, rxml::NcName};
use xmpp_parsers::{
    iq::{Iq, IqHeader, IqPayload},
    ns,
    stanza::Stanza,
};

use crate::xmpp::legal::legal;

/// The namespace of what we ask.
pub const NS: &str = "http://jabber.org/protocol/pubsub";
/// The namespace of what we are told.
pub const NS_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";

/// Items asked for at once.
const PAGE: &str = "500";
/// Elements of one payload that are looked at.
const MOST_ELEMENTS: usize = 200;
/// Elements within each other that are looked at.
const MOST_DEPTH: usize = 16;

/// The stanza by which a service is asked. `own` is the account that asks.
#[must_use]
pub fn ask(to: Option<BareJid>, id: String, own: &BareJid, node: &str, ask: &NodeAsk) -> Stanza {
    let header = IqHeader { from: None, to: to.map(Jid::from), id };
    let node = legal(node).into_owned();
    let part = |name: &str| Element::builder(name, NS).attr(attr("node"), node.clone());
    let pubsub = Element::builder("pubsub", NS);
    let payload = match ask {
        NodeAsk::Items { after } => pubsub.append(part("items")).append(page(after.as_deref())),
        NodeAsk::Subscribe => pubsub.append(part("subscribe").attr(attr("jid"), own.as_str())),
        NodeAsk::Unsubscribe => pubsub.append(part("unsubscribe").attr(attr("jid"), own.as_str())),
        NodeAsk::Create(audience) => {
            pubsub.append(part("create")).append(Element::builder("configure", NS).append(config(*audience)))
        }
        NodeAsk::Publish(item) => pubsub.append(part("publish").append(item_element(item))),
        NodeAsk::Retract(id) => {
            let item = Element::builder("item", NS).attr(attr("id"), legal(id).into_owned());
            pubsub.append(part("retract").attr(attr("notify"), "true").append(item))
        }
    };
    let payload = payload.build();
    let is_get = matches!(ask, NodeAsk::Items { .. });
    let payload = if is_get { IqPayload::Get(payload) } else { IqPayload::Set(payload) };
    Iq::assemble(header, payload).into()
}

/// An attribute's name, out of a literal of ours.
#[expect(clippy::expect_used, reason = "the names are literals of letters")]
fn attr(name: &'static str) -> NcName {
    NcName::try_from(name).expect("letters make a name")
}

/// A page of a result set (XEP-0059).
fn page(after: Option<&str>) -> Element {
    let set = Element::builder("set", ns::RSM).append(Element::builder("max", ns::RSM).append(PAGE));
    let after = after.map(|it| Element::builder("after", ns::RSM).append(legal(it).into_owned()));
    set.append_all(after).build()
}

/// How an own node is to be: lasting, as large as may be, and told of.
fn config(audience: Audience) -> Element {
    let access = match audience {
        Audience::Open => "open",
        Audience::Own => "whitelist",
    };
    let fields = [
        ("FORM_TYPE", NODE_CONFIG),
        ("pubsub#access_model", access),
        ("pubsub#publish_model", "publishers"),
        ("pubsub#persist_items", "1"),
        ("pubsub#max_items", "max"),
        ("pubsub#notify_retract", "1"),
        ("pubsub#send_last_published_item", "never"),
    ];
    let field = |(var, value): (&str, &str)| {
        let value = Element::builder("value", ns::DATA_FORMS).append(value);
        Element::builder("field", ns::DATA_FORMS).attr(attr("var"), var).append(value).build()
    };
    let form = Element::builder("x", ns::DATA_FORMS).attr(attr("type"), "submit");
    form.append_all(fields.map(field)).build()
}

fn item_element(item: &Item) -> Element {
    let element = Element::builder("item", NS).attr(attr("id"), legal(&item.id).into_owned());
    element.append_all(item.payload.as_ref().map(to_element)).build()
}

/// As an element. What cannot be an attribute's name is left out.
fn to_element(payload: &Payload) -> Element {
    let name = if NcName::try_from(payload.name.as_str()).is_ok() { &payload.name } else { "payload" };
    let mut element = Element::builder(name, legal(&payload.ns).into_owned());
    for (name, value) in &payload.attrs {
        if let Ok(name) = NcName::try_from(name.as_str()) {
            element = element.attr(name, legal(value).into_owned());
        }
    }
    let text = (!payload.text.is_empty()).then(|| legal(&payload.text).into_owned());
    element.append_all(text).append_all(payload.children.iter().map(to_element)).build()
}

/// As plain data, as far as bounds allow.
fn of_element(element: &Element, depth: usize, left: &mut usize) -> Option<Payload> {
    *left = left.checked_sub(1)?;
    let attrs = element.attrs().iter().map(|((_, name), value)| (name.to_string(), value.to_string()));
    let children = if depth < MOST_DEPTH {
        element.children().filter_map(|it| of_element(it, depth + 1, left)).collect()
    } else {
        Vec::new()
    };
    Some(Payload {
        name: element.name().to_owned(),
        ns: element.ns(),
        attrs: attrs.collect(),
        text: element.texts().collect(),
        children,
    })
}

fn item(element: &Element) -> Option<Item> {
    let id = element.attr("id")?.to_owned();
    let payload = element.children().next().and_then(|it| of_element(it, 0, &mut { MOST_ELEMENTS }));
    Some(Item { id, payload })
}

/// What a service answered; `None` if the answer is none to this.
#[must_use]
pub fn read(asked: &NodeAsk, answer: Option<&Element>) -> Option<NodeReply> {
    let NodeAsk::Items { after } = asked else { return Some(NodeReply::Done) };
    let pubsub = answer.filter(|it| it.is("pubsub", NS))?;
    let list = pubsub.get_child("items", NS)?;
    let items: Vec<Item> = list.children().filter(|it| it.is("item", NS)).filter_map(item).collect();
    let last = || pubsub.get_child("set", ns::RSM)?.get_child("last", ns::RSM).map(Element::text);
    // A service that cannot page gives all and no word of it; one that gives the same page again must not be asked on.
    let is_more = !items.is_empty();
    let next = last().filter(|it| is_more && !it.is_empty() && after.as_ref() != Some(it));
    Some(NodeReply::Items { items, next })
}

/// What a service tells by itself; `None` if it is no such thing.
#[must_use]
pub fn news(service: &BareJid, event: &Element) -> Option<(Node, News)> {
    let part = event.children().find(|it| it.has_ns(NS_EVENT))?;
    let node = Node::of(service.clone(), part.attr("node")?);
    let news = match part.name() {
        "items" => {
            let gone = part.children().filter(|it| it.is("retract", NS_EVENT));
            let gone: Vec<String> = gone.filter_map(|it| it.attr("id").map(str::to_owned)).collect();
            let items: Vec<Item> = part.children().filter(|it| it.is("item", NS_EVENT)).filter_map(item).collect();
            if items.is_empty() && !gone.is_empty() { News::Retracted(gone) } else { News::Items(items) }
        }
        "purge" => News::Purged,
        "delete" => News::Deleted,
        _ => return None,
    };
    Some((node, news))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(ask_: &NodeAsk) -> String {
        let own = BareJid::new("bot@home.example").unwrap();
        let service = BareJid::new("blocks.example").unwrap();
        let stanza = ask(Some(service), "i1".to_owned(), &own, "bans", ask_);
        let bytes = xso::to_vec(&stanza).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_asked_names_node_and_subscriber() {
        let all = [
            NodeAsk::Items { after: Some("a<b".to_owned()) },
            NodeAsk::Subscribe,
            NodeAsk::Unsubscribe,
            NodeAsk::Create(Audience::Open),
            NodeAsk::Publish(Item {
                id: "00ff".to_owned(),
                payload: Some(
                    Payload::new("report", "urn:xmpp:reporting:1")
                        .with("reason", "urn:xmpp:reporting:spam")
                        .with_text("text", "adverts \u{1} & more"),
                ),
            }),
            NodeAsk::Retract("00ff".to_owned()),
        ];
        insta::assert_snapshot!(all.iter().map(asked).collect::<Vec<_>>().join("\n"));
    }

    fn items(answer: &str, after: Option<&str>) -> Option<(Vec<String>, Option<String>)> {
        let asked = NodeAsk::Items { after: after.map(str::to_owned) };
        match read(&asked, Some(&answer.parse().unwrap()))? {
            NodeReply::Items { items, next } => Some((items.into_iter().map(|it| it.id).collect(), next)),
            NodeReply::Done => None,
        }
    }

    #[test]
    fn pages_are_read_until_the_last() {
        let page = |set: &str| {
            format!(
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='bans'><item id='a'/><item id='b'/>\
                 <item/></items>{set}</pubsub>"
            )
        };
        let set = "<set xmlns='http://jabber.org/protocol/rsm'><first>a</first><last>b</last></set>";
        let both = || vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(items(&page(set), None), Some((both(), Some("b".to_owned()))));
        assert_eq!(items(&page(set), Some("b")), Some((both(), None)), "the same page again");
        assert_eq!(items(&page(""), None), Some((both(), None)), "a service that cannot page");
        assert_eq!(items("<pubsub xmlns='http://jabber.org/protocol/pubsub'/>", None), None);
        assert_eq!(items("<query xmlns='other'/>", None), None);
    }

    #[test]
    fn news_are_items_retractions_or_the_end() {
        let service = BareJid::new("blocks.example").unwrap();
        let read = |inner: &str| {
            let xml = format!("<event xmlns='http://jabber.org/protocol/pubsub#event'>{inner}</event>");
            news(&service, &xml.parse().unwrap()).map(|it| it.1)
        };
        assert_eq!(
            read("<items node='bans'><retract id='a'/><retract id='b'/></items>"),
            Some(News::Retracted(vec!["a".to_owned(), "b".to_owned()]))
        );
        let Some(News::Items(items)) = read(
            "<items node='bans'><item id='a'><report xmlns='urn:xmpp:reporting:1' reason='r'><text>why</text></report>\
             </item></items>",
        ) else {
            panic!("no items");
        };
        let payload = items[0].payload.clone().unwrap();
        assert_eq!((payload.name.as_str(), payload.attrs["reason"].as_str()), ("report", "r"));
        assert_eq!(payload.child("text").unwrap().text, "why");
        assert_eq!(read("<purge node='bans'/>"), Some(News::Purged));
        assert_eq!(read("<delete node='bans'/>"), Some(News::Deleted));
        assert_eq!(read("<items/>"), None);
        assert_eq!(read("<configuration node='bans'/>"), None);
    }

    #[test]
    fn a_payload_without_end_is_cut() {
        let deep = format!("<item xmlns='{NS}' id='a'>{}{}</item>", "<x xmlns='y'>".repeat(100), "</x>".repeat(100));
        let wide = format!("<item xmlns='{NS}' id='a'><x xmlns='y'>{}</x></item>", "<z/>".repeat(1_000));
        let mut depth = 0;
        let mut it = item(&deep.parse().unwrap()).unwrap().payload;
        while let Some(payload) = it {
            depth += 1;
            it = payload.children.into_iter().next();
        }
        assert_eq!(depth, MOST_DEPTH + 1);
        let wide = item(&wide.parse().unwrap()).unwrap().payload.unwrap();
        assert_eq!(wide.children.len(), MOST_ELEMENTS - 1);
    }
}
