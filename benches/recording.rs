//! A recording of a busy room, made rather than kept: what `tests/fixtures/wire` holds, in the mix and with the payloads
//! that clients of today send. Byte for byte the same in each run.

/// The room.
pub(crate) const ROOM: &str = "garden@chat.example";
/// Our account.
pub(crate) const ACCOUNT: &str = "domovoi@example.org";
/// The stream header.
pub(crate) const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' id='1' from='example.org' version='1.0' xml:lang='en'>";

fn occupant_id(n: usize) -> String {
    format!("hmcbW/++srz2KVpdkWm/cBebUkjVOXVs8S07ZQH{n:04}=")
}

/// The presence of an occupant, as most clients send it.
pub(crate) fn presence(room: &str, n: usize, show: &str) -> String {
    let show = if show.is_empty() { String::new() } else { format!("<show>{show}</show>") };
    format!(
        "<presence from='{room}/person{n}' to='{ACCOUNT}/bot' xml:lang='en' id='p{n}'>{show}\
         <c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://conversations.im' \
         ver='QgayPKawpkPSDYmwT/WM94uA{:02}='/><x xmlns='vcard-temp:x:update'><photo>\
         01b87fcd030b72895ff8e88db57ec525450f{n:04}</photo></x>\
         <occupant-id xmlns='urn:xmpp:occupant-id:0' id='{}'/>\
         <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='person{n}@people.example/phone' \
         role='participant'/></x></presence>",
        n % 5,
        occupant_id(n)
    )
}

/// The goodbye of an occupant.
fn goodbye(room: &str, n: usize) -> String {
    format!(
        "<presence from='{room}/person{n}' to='{ACCOUNT}/bot' type='unavailable' xml:lang='en'>\
         <occupant-id xmlns='urn:xmpp:occupant-id:0' id='{}'/><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='none' jid='person{n}@people.example/phone' role='none'/></x></presence>",
        occupant_id(n)
    )
}

/// Our own presence, by which the room lets us in, and the subject, which ends the history.
pub(crate) fn own_presence(room: &str, nick: &str) -> String {
    format!(
        "<presence from='{room}/{nick}' to='{ACCOUNT}/bot'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='admin' jid='{ACCOUNT}/bot' role='moderator'/><status code='110'/></x></presence>\
         <message from='{room}' type='groupchat' to='{ACCOUNT}/bot'><subject/></message>"
    )
}

/// A message with this inside, and what a room adds to it.
pub(crate) fn message(room: &str, who: usize, id: usize, inside: &str) -> String {
    format!(
        "<message xml:lang='en' to='{ACCOUNT}/bot' from='{room}/person{who}' id='{id:08x}-5c1b-4d0e-9f6a-000000000000' \
         type='groupchat'>{inside}<origin-id xmlns='urn:xmpp:sid:0' id='{id:08x}-5c1b-4d0e-9f6a-000000000000'/>\
         <occupant-id xmlns='urn:xmpp:occupant-id:0' id='{}'/>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='jQ99t1b0MA64mO3s{id:08x}'/></message>",
        occupant_id(who)
    )
}

/// Words that nobody said before: the same for the same number.
pub(crate) fn words(n: usize, n_words: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["do", "mo", "voi", "ga", "rden", "le", "tter", "ti", "me", "огород", "ser", "ver", "up", "in", "a", "ke"];
    let mut state = n as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % below).expect("a small number")
    };
    let mut word = || (0..=next(3)).map(|_| SYLLABLES[next(16)]).collect::<String>();
    let words: Vec<String> = (0..n_words).map(|_| word()).collect();
    words.join(" ")
}

/// What is inside the n-th message: mostly plain, at times with what else clients send.
fn inside(n: usize) -> String {
    let body = words(n, 3 + n % 17);
    let markable = "<markable xmlns='urn:xmpp:chat-markers:0'/>";
    match n % 10 {
        0 => format!(
            "<body>&gt; {0}\n{body}</body><reply xmlns='urn:xmpp:reply:0' to='{ROOM}/person1' id='jQ99t1b0MA64mO3s'/>\
             <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='9'/></fallback>",
            "said be"
        ),
        1 => format!("<body>{body}</body><active xmlns='http://jabber.org/protocol/chatstates'/>{markable}"),
        2 => format!(
            "<body>https://upload.example/{n}.jpg</body><x xmlns='jabber:x:oob'><url>https://upload.example/{n}.jpg</url></x>"
        ),
        3 => "<composing xmlns='http://jabber.org/protocol/chatstates'/>\
              <no-store xmlns='urn:xmpp:hints'/>"
            .to_owned(),
        4 => format!(
            "<reactions xmlns='urn:xmpp:reactions:0' id='jQ99t1b0MA64mO3s{:08x}'><reaction>👍</reaction></reactions>\
             <store xmlns='urn:xmpp:hints'/>",
            n.saturating_sub(3)
        ),
        _ => format!("<body>{body}</body>{markable}"),
    }
}

/// Everybody who is there when we come in, then us.
pub(crate) fn entry(n_people: usize) -> Vec<String> {
    let people = (0..n_people).map(|n| presence(ROOM, n, ""));
    people.chain([own_presence(ROOM, "domovoi")]).collect()
}

/// What goes on then: three messages for two presences, of which most are status changes.
pub(crate) fn talk(n_people: usize, n_stanzas: usize) -> Vec<String> {
    let stanza = |n: usize| {
        let who = (n * 31 + n / 7) % n_people;
        match n % 10 {
            0 | 5 => presence(ROOM, who, if n.is_multiple_of(3) { "away" } else { "" }),
            // Someone goes and comes back.
            2 => goodbye(ROOM, (n / 10) % n_people),
            3 => presence(ROOM, (n / 10) % n_people, ""),
            _ => message(ROOM, who, n, &inside(n)),
        }
    };
    (0..n_stanzas).map(stanza).collect()
}
