//! A made-up room: occupants, lists, features to choose, an archive.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::Timestamp;
use domovoi_stage::xml::{Element, escape};

use super::{error, result};

/// Where the clock of every test begins.
pub(crate) const T0: Timestamp = Timestamp::from_millis(1_795_000_000_000);
pub(crate) const OCCUPANT_ID: &str = "urn:xmpp:occupant-id:0";
const USER: &str = "http://jabber.org/protocol/muc#user";

/// Someone in a room.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) nick: String,
    pub(crate) jid: String,
    pub(crate) role: String,
    pub(crate) affiliation: String,
    /// The account, if it is one of the bot's.
    account: Option<String>,
}

impl Person {
    /// Someone of no affiliation, with a JID of that name.
    pub(crate) fn new(nick: &str) -> Self {
        Self {
            nick: nick.to_owned(),
            jid: format!("{nick}@example.net/phone"),
            role: "participant".to_owned(),
            affiliation: "none".to_owned(),
            account: None,
        }
    }

    /// With this affiliation, and the role that goes with it.
    pub(crate) fn of(self, affiliation: &str) -> Self {
        let role = if matches!(affiliation, "owner" | "admin") { "moderator" } else { "participant" };
        Self { affiliation: affiliation.to_owned(), role: role.to_owned(), ..self }
    }

    /// With this JID.
    pub(crate) fn at(self, jid: &str) -> Self {
        Self { jid: jid.to_owned(), ..self }
    }

    /// With a JID that is shown to nobody.
    pub(crate) fn hidden(self) -> Self {
        self.at("")
    }

    fn item(&self) -> String {
        let item = format!("<item jid='{}' affiliation='{}' role='{}'/>", self.jid, self.affiliation, self.role);
        item.replace("jid='' ", "")
    }
}

/// A message of the archive.
#[derive(Clone, Debug)]
pub(crate) struct Archived {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) nick: String,
    pub(crate) body: String,
}

/// A room.
pub(crate) struct Muc {
    jid: String,
    pub(crate) features: Vec<String>,
    pub(crate) people: BTreeMap<String, Person>,
    /// What the bot is here.
    pub(crate) bot_affiliation: String,
    pub(crate) sends_subject: bool,
    /// Sent between our own presence and the subject.
    pub(crate) history: Vec<String>,
    pub(crate) reserved_nick: Option<String>,
    pub(crate) archive: Vec<Archived>,
    /// The most messages in one page.
    pub(crate) page: usize,
    pub(crate) outcasts: Vec<String>,
    /// The configuration form: flags by their names.
    pub(crate) form: BTreeMap<String, String>,
    n_messages: usize,
}

impl Muc {
    pub(super) fn new(jid: &str) -> Self {
        let features = ["muc_open", "urn:xmpp:sid:0", "urn:xmpp:message-moderate:1"];
        Self {
            jid: jid.to_owned(),
            features: features.map(str::to_owned).to_vec(),
            people: BTreeMap::new(),
            bot_affiliation: "admin".to_owned(),
            sends_subject: true,
            history: Vec::new(),
            reserved_nick: None,
            archive: Vec::new(),
            page: 50,
            outcasts: Vec::new(),
            form: BTreeMap::from([("muc#roomconfig_moderatedroom".to_owned(), "0".to_owned())]),
            n_messages: 0,
        }
    }

    /// With these features only.
    pub(crate) fn offers(&mut self, features: &[&str]) {
        self.features = features.iter().map(|it| (*it).to_owned()).collect();
    }

    /// The accounts of the bot that are here.
    pub(crate) fn accounts(&self) -> Vec<String> {
        self.people.values().filter_map(|it| it.account.clone()).collect()
    }

    /// The presence of someone here, with this inside `<x/>`.
    pub(crate) fn presence(&self, nick: &str, more: &str) -> String {
        let item = self.people.get(nick).map(Person::item).unwrap_or_default();
        let (room, nick) = (&self.jid, escape(nick));
        let id = format!("<occupant-id xmlns='{OCCUPANT_ID}' id='of-{nick}'/>");
        let id = if self.features.iter().any(|it| it == OCCUPANT_ID) { id } else { String::new() };
        format!("<presence from='{room}/{nick}'><x xmlns='{USER}'>{item}{more}</x>{id}</presence>")
    }

    pub(super) fn come(&mut self, person: Person) -> String {
        let nick = person.nick.clone();
        self.people.insert(nick.clone(), person);
        self.presence(&nick, "")
    }

    pub(super) fn part(&mut self, nick: &str) -> String {
        self.gone(nick, &[], "")
    }

    fn gone(&mut self, nick: &str, codes: &[u16], more: &str) -> String {
        let person = self.people.remove(nick).unwrap_or_else(|| Person::new(nick));
        let codes: String = codes.iter().map(|it| format!("<status code='{it}'/>")).collect();
        let (room, nick) = (&self.jid, escape(nick));
        let item = format!("<item affiliation='{}' role='none'/>", person.affiliation);
        let item = if more.contains("<item") { "" } else { &item };
        format!(
            "<presence type='unavailable' from='{room}/{nick}'><x xmlns='{USER}'>{item}{more}{codes}</x></presence>"
        )
    }

    /// A message as the room gives it out.
    pub(crate) fn message_of(&mut self, nick: &str, body: &str) -> String {
        self.message(nick, body).0
    }

    /// A message as the room gives it out, with its stanza id.
    pub(super) fn message(&mut self, nick: &str, body: &str) -> (String, String) {
        self.n_messages += 1;
        let (room, n) = (&self.jid, self.n_messages);
        let (from, body) = (escape(nick), escape(body));
        let id = format!("s{n}");
        let message = format!(
            "<message type='groupchat' from='{room}/{from}' id='m{n}'><body>{body}</body>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='{id}'/></message>"
        );
        (message, id)
    }

    pub(super) fn expel(&mut self, codes: &[u16], more: &str) -> Vec<(String, String)> {
        let ours: Vec<Person> = self.people.values().filter(|it| it.account.is_some()).cloned().collect();
        let codes: Vec<u16> = codes.iter().copied().chain([110]).collect();
        ours.iter().map(|it| (it.account.clone().unwrap_or_default(), self.gone(&it.nick, &codes, more))).collect()
    }

    /// The bot is no longer in, as after the end of its process.
    pub(crate) fn dismiss_bot(&mut self) {
        self.people.retain(|_, it| it.account.is_none());
    }

    pub(super) fn dismiss(&mut self, account: &str) {
        self.people.retain(|_, it| it.account.as_deref() != Some(account));
    }

    pub(super) fn answer(&mut self, account: &str, stanza: &Element) -> Vec<(String, String)> {
        let to = stanza.attr("to").unwrap_or_default();
        let nick = to.split_once('/').map(|(_, nick)| nick.to_owned());
        let one = |it: String| vec![(account.to_owned(), it)];
        match (stanza.name.as_str(), stanza.kind(), nick) {
            ("presence", "", Some(nick)) if stanza.child("x").is_some_and(|it| it.ns.ends_with("/muc")) => {
                self.enter(account, &nick, stanza)
            }
            ("presence", "", Some(nick)) => self.rename(account, &nick, stanza),
            ("presence", "unavailable", _) => {
                let Some(own) = self.own_nick(account) else { return Vec::new() };
                one(self.gone(&own, &[110], ""))
            }
            ("message", "groupchat", _) => self.reflect(account, stanza),
            ("iq", "get", Some(nick)) if stanza.child("ping").is_some() => {
                let is_in = self.own_nick(account).is_some_and(|it| it == nick);
                one(if is_in { result(stanza, "") } else { error(stanza, "cancel", "not-acceptable") })
            }
            ("iq", "get" | "set", None) => self.asked(account, stanza),
            _ => Vec::new(),
        }
    }

    fn own_nick(&self, account: &str) -> Option<String> {
        self.people.values().find(|it| it.account.as_deref() == Some(account)).map(|it| it.nick.clone())
    }

    fn to_all(&self, stanza: &str) -> Vec<(String, String)> {
        self.accounts().into_iter().map(|it| (it, stanza.to_owned())).collect()
    }

    fn enter(&mut self, account: &str, nick: &str, stanza: &Element) -> Vec<(String, String)> {
        if self.people.contains_key(nick) {
            return vec![(account.to_owned(), error(stanza, "cancel", "conflict"))];
        }
        let others: Vec<String> = self.people.keys().map(|it| self.presence(it, "")).collect();
        let jid = format!("{account}/x");
        let person = Person { account: Some(account.to_owned()), ..Person::new(nick) }.at(&jid);
        let present = self.accounts();
        self.people.insert(nick.to_owned(), person.of(&self.bot_affiliation));
        let mut all: Vec<String> = others;
        all.push(self.presence(nick, "<status code='110'/>"));
        all.extend(self.history.iter().cloned());
        if self.sends_subject {
            all.push(format!("<message type='groupchat' from='{}'><subject/></message>", self.jid));
        }
        let seen = self.presence(nick, "");
        let to_others = present.into_iter().map(|it| (it, seen.clone()));
        all.into_iter().map(|it| (account.to_owned(), it)).chain(to_others).collect()
    }

    fn rename(&mut self, account: &str, nick: &str, stanza: &Element) -> Vec<(String, String)> {
        let one = |it: String| vec![(account.to_owned(), it)];
        let Some(old) = self.own_nick(account) else { return one(error(stanza, "cancel", "item-not-found")) };
        if self.people.contains_key(nick) {
            return one(error(stanza, "cancel", "conflict"));
        }
        let Some(person) = self.people.get(&old).cloned() else { return Vec::new() };
        let item = format!("<item affiliation='{}' role='{}' nick='{nick}'/>", person.affiliation, person.role);
        let gone = self.gone(&old, &[303, 110], &item);
        self.people.insert(nick.to_owned(), Person { nick: nick.to_owned(), ..person });
        vec![(account.to_owned(), gone), (account.to_owned(), self.presence(nick, "<status code='110'/>"))]
    }

    fn reflect(&mut self, account: &str, stanza: &Element) -> Vec<(String, String)> {
        let Some(own) = self.own_nick(account) else {
            return vec![(account.to_owned(), error(stanza, "cancel", "not-acceptable"))];
        };
        let Some(body) = stanza.body() else { return Vec::new() };
        let (message, _) = self.message(&own, body);
        let id = stanza.attr("id").unwrap_or_default();
        let message = message.replacen(&format!("id='m{}'", self.n_messages), &format!("id='{id}'"), 1);
        self.to_all(&message)
    }

    fn asked(&mut self, account: &str, iq: &Element) -> Vec<(String, String)> {
        let one = |it: String| vec![(account.to_owned(), it)];
        let Some(query) = iq.children.first() else { return Vec::new() };
        match (&*query.ns, iq.kind()) {
            ("http://jabber.org/protocol/disco#info", _) if query.attr("node").is_some() => {
                let nick = self.reserved_nick.as_ref();
                let nick = nick.map(|it| format!("<identity category='conference' type='text' name='{it}'/>"));
                one(result(iq, &format!("<query xmlns='{}'>{}</query>", query.ns, nick.unwrap_or_default())))
            }
            ("http://jabber.org/protocol/disco#info", _) => {
                let features: String = self.features.iter().map(|it| format!("<feature var='{it}'/>")).collect();
                one(result(iq, &format!("<query xmlns='{}'>{features}</query>", query.ns)))
            }
            ("http://jabber.org/protocol/muc#admin", "get") => {
                let items: String = match query.child("item").and_then(|it| it.attr("affiliation")) {
                    Some("outcast") => self.outcasts.iter().map(|it| outcast(it)).collect(),
                    _ => String::new(),
                };
                one(result(iq, &format!("<query xmlns='{}'>{items}</query>", query.ns)))
            }
            ("http://jabber.org/protocol/muc#admin", _) => self.administer(account, iq, query),
            ("urn:xmpp:mam:2", _) => self.page(account, iq, query),
            ("urn:xmpp:message-moderate:1" | "urn:xmpp:fasten:0", _) => one(result(iq, "")),
            ("http://jabber.org/protocol/muc#owner", _) => one(self.configure(iq, query)),
            _ => one(error(iq, "cancel", "feature-not-implemented")),
        }
    }

    fn configure(&mut self, iq: &Element, query: &Element) -> String {
        for field in query.find_all("field") {
            let value = field.child("value").map(|it| it.text.clone()).unwrap_or_default();
            if let Some(known) = field.attr("var").and_then(|it| self.form.get_mut(it)) {
                *known = value;
            }
        }
        if iq.kind() == "set" {
            return result(iq, "");
        }
        let field = |(var, value): (&String, &String)| {
            format!("<field var='{var}' type='boolean'><value>{value}</value></field>")
        };
        let fields: String = self.form.iter().map(field).collect();
        let form = format!("<x xmlns='jabber:x:data' type='form'>{fields}</x>");
        result(iq, &format!("<query xmlns='{}'>{form}</query>", query.ns))
    }

    fn administer(&mut self, account: &str, iq: &Element, query: &Element) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let item = query.child("item");
        let jid = item.and_then(|it| it.attr("jid")).unwrap_or_default();
        let nick = item.and_then(|it| it.attr("nick"));
        let nick = nick.map(str::to_owned).or_else(|| {
            self.people.values().find(|it| it.jid.split('/').next() == Some(jid)).map(|it| it.nick.clone())
        });
        let actor = self.own_nick(account).unwrap_or_default();
        let (role, affiliation) = (item.and_then(|it| it.attr("role")), item.and_then(|it| it.attr("affiliation")));
        if affiliation == Some("outcast") {
            self.outcasts.push(jid.to_owned());
        } else if affiliation.is_some() {
            self.outcasts.retain(|it| it != jid);
        }
        if let Some(nick) = nick.filter(|it| self.people.contains_key(it)) {
            let code = match (role, affiliation) {
                (Some("none"), _) => Some(307),
                (_, Some("outcast")) => Some(301),
                _ => None,
            };
            let by = format!("<item affiliation='none' role='none'><actor nick='{actor}'/></item>");
            let presence = match code {
                Some(code) => self.gone(&nick, &[code], &by),
                None => {
                    if let Some(person) = self.people.get_mut(&nick) {
                        person.role = role.unwrap_or(&person.role).to_owned();
                        person.affiliation = affiliation.unwrap_or(&person.affiliation).to_owned();
                    }
                    self.presence(&nick, "").replacen("'/></x>", &format!("'><actor nick='{actor}'/></item></x>"), 1)
                }
            };
            all.extend(self.to_all(&presence));
        }
        all.push((account.to_owned(), result(iq, "")));
        all
    }

    fn page(&self, account: &str, iq: &Element, query: &Element) -> Vec<(String, String)> {
        let text = |name: &str| query.find(name).map(|it| it.text.clone());
        let max: usize = text("max").and_then(|it| it.parse().ok()).unwrap_or(self.page);
        let start = query.find_all("field").into_iter().find(|it| it.attr("var") == Some("start"));
        let start: Option<Timestamp> = start.and_then(|it| it.child("value")?.text.parse().ok());
        let is_first =
            |at: usize| at == 0 || self.archive.get(at - 1).is_none_or(|it| start.is_some_and(|start| it.at < start));
        let from = match text("after") {
            Some(after) => match self.archive.iter().position(|it| it.id == after) {
                Some(at) => at + 1,
                None => return vec![(account.to_owned(), error(iq, "cancel", "item-not-found"))],
            },
            None => self.archive.iter().position(|it| start.is_none_or(|start| start <= it.at)).unwrap_or(usize::MAX),
        };
        let max = max.min(self.page);
        let (from, to) = match text("before") {
            None => (from, from.saturating_add(max).min(self.archive.len())),
            Some(before) => {
                let to = self.archive.iter().position(|it| it.id == before).unwrap_or(self.archive.len());
                (from.max(to.saturating_sub(max)), to)
            }
        };
        let page: Vec<&Archived> = self.archive.iter().take(to).skip(from).collect();
        let is_complete = if text("before").is_some() { is_first(from) } else { self.archive.len() <= to };
        let query_id = query.attr("queryid").unwrap_or_default();
        let room = &self.jid;
        let mut all: Vec<String> = page.iter().map(|it| forwarded(room, query_id, it)).collect();
        let last = page.last().map(|it| format!("<last>{}</last>", it.id)).unwrap_or_default();
        let set = format!("<set xmlns='http://jabber.org/protocol/rsm'>{last}</set>");
        all.push(result(iq, &format!("<fin xmlns='urn:xmpp:mam:2' complete='{is_complete}'>{set}</fin>")));
        all.into_iter().map(|it| (account.to_owned(), it)).collect()
    }

    /// Adds messages to the archive, one each second from that time of the test on.
    pub(crate) fn archives(&mut self, from: Duration, nick: &str, bodies: impl IntoIterator<Item = String>) {
        for (i, body) in (0..).zip(bodies) {
            let id = format!("a{}", self.archive.len());
            let at = T0 + from + Duration::from_secs(i);
            self.archive.push(Archived { id, at, nick: nick.to_owned(), body });
        }
    }
}

fn outcast(jid: &str) -> String {
    format!("<item affiliation='outcast' jid='{jid}'/>")
}

fn forwarded(room: &str, query_id: &str, it: &Archived) -> String {
    let Archived { id, at, nick, body } = it;
    let body = escape(body);
    format!(
        "<message from='{room}'><result xmlns='urn:xmpp:mam:2' queryid='{query_id}' id='{id}'>\
         <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{at}'/>\
         <message xmlns='jabber:client' type='groupchat' from='{room}/{nick}' id='o{id}'><body>{body}</body>\
         <occupant-id xmlns='urn:xmpp:occupant-id:0' id='of-{nick}'/>\
         </message></forwarded></result></message>"
    )
}
