//! Ourselves as an entity: what we say of us in presence, and how we answer those who ask (XEP-0030, 0115, 0199, …).
//!
//! Only an iq of type `get` or `set` is ever answered, because [`Entity::answer`] takes nothing else: a room removes
//! whoever sends it an error.

mod avatar;
mod caps;

use domovoi_plugin::Timestamp;
use minidom::Element;
use xmpp_parsers::{
    caps::Caps,
    data_forms::{DataForm, DataFormType, Field, FieldType},
    disco::{DiscoInfoResult, DiscoItemsResult, Identity},
    hashes::Algo,
    iq::{Iq, IqHeader, IqPayload},
    message::Lang,
    ns,
    presence::Presence,
    stanza::Stanza,
    stanza_error::{DefinedCondition, ErrorType, StanzaError},
    vcard_update::{Photo, VCardUpdate},
    version::VersionResult,
};

pub use avatar::{Access, Picture};

use super::{
    decode::IqRequest,
    legal::legal,
    payload::{fence, last_activity, time},
};

/// Whatever we understand, sorted, as XEP-0115 §5.1 wants it.
const FEATURES: [&str; 17] = [
    ns::CAPS,
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::MUC,
    "jabber:iq:last",
    ns::VERSION,
    "jabber:x:conference",
    ns::OOB,
    ns::MESSAGE_CORRECT,
    "urn:xmpp:message-moderate:1",
    "urn:xmpp:message-retract:1",
    ns::PING,
    ns::REACTIONS,
    "urn:xmpp:reply:0",
    ns::SID,
    ns::TIME,
    ns::VCARD,
];

/// XEP-0232.
const SOFTWARE_INFO: &str = "urn:xmpp:dataforms:softwareinfo";

/// What there is to tell of us.
#[derive(Clone, PartialEq, Debug)]
pub struct EntityFacts {
    /// The software's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The operating system, if it is nobody's secret.
    pub os: Option<String>,
    /// The software's address, which stands in every presence (XEP-0115 `node`).
    pub node: String,
    /// Our time zone by its IANA name, such as `Europe/Helsinki`; an unknown one is UTC.
    pub zone: String,
    /// The status text of our presence.
    pub status: Option<String>,
    /// Our picture.
    pub picture: Option<Picture>,
}

impl EntityFacts {
    /// The same in characters that XML can carry.
    fn legal(self) -> Self {
        let of = |text: String| legal(&text).into_owned();
        Self {
            name: of(self.name),
            version: of(self.version),
            os: self.os.map(of),
            node: of(self.node),
            zone: self.zone,
            status: self.status.map(of),
            picture: self.picture,
        }
    }
}

/// Ourselves, with everything that is computed once.
#[derive(Clone, Debug)]
pub struct Entity {
    facts: EntityFacts,
    info: DiscoInfoResult,
    ver: Vec<u8>,
}

impl Entity {
    /// Computes what follows from the facts. New facts are a new entity, and the presence is to be sent again.
    #[must_use]
    pub fn new(facts: EntityFacts) -> Self {
        let facts = facts.legal();
        let info = DiscoInfoResult {
            node: None,
            identities: vec![identity(&facts.name)],
            features: FEATURES.map(str::to_owned).into(),
            extensions: vec![software_info(&facts)],
        };
        let ver = caps::ver(&info);
        Self { facts, info, ver }
    }

    /// Our presence, with status, capabilities and avatar, to nobody yet: the one for our account, and the base of those
    /// for rooms.
    #[must_use]
    pub fn presence(&self) -> Presence {
        let mut presence = Presence::available();
        presence.statuses.extend(self.facts.status.clone().map(|it| (Lang::new(), it)));
        let caps = Caps { ext: None, node: self.facts.node.clone(), hash: Algo::Sha_1, ver: self.ver.clone() };
        presence.payloads.push(caps.into());
        let photo = Photo { data: self.facts.picture.as_ref().map(|picture| *picture.hash()) };
        presence.payloads.push(VCardUpdate { photo: Some(photo) }.into());
        presence
    }

    /// The first presence of a new stream, without which no invitation reaches us.
    #[must_use]
    pub fn initial_presence(&self) -> Stanza {
        self.presence().into()
    }

    /// The iqs that publish our picture (XEP-0084, XEP-0054), each under an id of its own; none without a picture.
    pub fn publish_avatar(&self, access: Access, mut next_id: impl FnMut() -> String) -> Vec<Stanza> {
        let Some(picture) = &self.facts.picture else { return Vec::new() };
        let payloads = [picture.data(access), picture.metadata(access), picture.vcard(&self.facts.name).into()];
        let set = |payload| Iq::assemble(IqHeader { from: None, to: None, id: next_id() }, IqPayload::Set(payload));
        payloads.into_iter().map(set).map(Stanza::from).collect()
    }

    /// The answer to a request, whoever asks: nothing in it is a secret.
    #[must_use]
    pub fn answer(&self, request: &IqRequest, now: Timestamp) -> Stanza {
        let header = IqHeader { from: None, to: request.from.clone(), id: request.id.clone() };
        let payload = match self.result(request, now) {
            Ok(result) => IqPayload::Result(result),
            Err((type_, defined_condition)) => IqPayload::Error(error(type_, defined_condition)),
        };
        Iq::assemble(header, payload).into()
    }

    fn result(&self, request: &IqRequest, now: Timestamp) -> Result<Option<Element>, (ErrorType, DefinedCondition)> {
        let payload = &request.payload;
        if fence::why(payload).is_some() {
            return Err((ErrorType::Modify, DefinedCondition::BadRequest));
        }
        let unknown = Err((ErrorType::Cancel, DefinedCondition::ServiceUnavailable));
        if request.is_set {
            return unknown;
        }
        let is = |name: &str, ns: &str| payload.is(name, ns);
        Ok(Some(if is("query", ns::DISCO_INFO) {
            self.disco_info(payload.attr("node"))?.into()
        } else if is("query", ns::DISCO_ITEMS) {
            let node = payload.attr("node").map(str::to_owned);
            DiscoItemsResult { node, items: Vec::new(), rsm: None }.into()
        } else if is("query", ns::VERSION) {
            let EntityFacts { name, version, os, .. } = self.facts.clone();
            VersionResult { name, version, os }.into()
        } else if is("time", ns::TIME) {
            self.time(now).into()
        } else if is("query", last_activity::NS) {
            // A bot is never idle, and how long it has been up is told where it is asked as itself.
            last_activity::LastActivity { seconds: Some(0) }.into()
        } else if is("vCard", ns::VCARD) {
            avatar::vcard(&self.facts.name, self.facts.picture.as_ref()).into()
        } else if is("ping", ns::PING) {
            return Ok(None);
        } else {
            return unknown;
        }))
    }

    fn disco_info(&self, node: Option<&str>) -> Result<DiscoInfoResult, (ErrorType, DefinedCondition)> {
        let is_ours = |node: &str| {
            let ver = node.strip_prefix(self.facts.node.as_str()).and_then(|rest| rest.strip_prefix('#'));
            ver == Some(self.ver().as_str())
        };
        if node.is_some_and(|node| !is_ours(node)) {
            return Err((ErrorType::Cancel, DefinedCondition::ItemNotFound));
        }
        Ok(DiscoInfoResult { node: node.map(str::to_owned), ..self.info.clone() })
    }

    /// The hash of our features, as it stands in `<c ver=…/>`.
    #[must_use]
    pub fn ver(&self) -> String {
        caps::base64(&self.ver)
    }

    fn time(&self, now: Timestamp) -> time::Time {
        let zone = jiff::tz::TimeZone::get(&self.facts.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let instant = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let tzo = instant.to_zoned(zone).strftime("%:z").to_string();
        time::Time { tzo: Some(tzo), utc: Some(now.to_string()) }
    }
}

fn error(type_: ErrorType, defined_condition: DefinedCondition) -> StanzaError {
    StanzaError { type_, by: None, defined_condition, texts: [].into(), other: None }
}

fn identity(name: &str) -> Identity {
    let (category, type_) = ("client".to_owned(), "bot".to_owned());
    Identity { category, type_, lang: None, name: Some(name.to_owned()) }
}

fn software_info(facts: &EntityFacts) -> DataForm {
    let field = |var: &str, value: &str| Field::new(var, FieldType::TextSingle).with_value(value);
    let mut fields = Vec::new();
    fields.extend(facts.os.as_deref().map(|os| field("os", os)));
    fields.push(field("software", &facts.name));
    fields.push(field("software_version", &facts.version));
    DataForm::new(DataFormType::Result_, SOFTWARE_INFO, fields)
}

#[cfg(test)]
mod tests;
