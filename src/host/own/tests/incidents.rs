//! Incidents that lie in the store, asked about and taken back; how rooms hear of them is told by the engine's tests.

use std::time::Duration;

use domovoi_plugin::{
    Action, Affiliation, FormChange, Identity, Nick, OccupantId, PluginName, Role, Target, Text, Timestamp,
};

use crate::host::{
    incidents::{Case, Deed, Ground, Mode, Person, kept::Writing},
    keeper::Keep,
    testing::{Scene, garden},
    timed::{Entry, Kind},
};

fn judge() -> PluginName {
    PluginName::new("judge").unwrap()
}

fn person(nick: &str) -> Person {
    let identity = Identity::Jid(format!("{nick}@{nick}.example").parse().unwrap());
    let target = Target { nick: Nick::new(nick).unwrap(), identity };
    Person { role: Some(Role::Participant), affiliation: Some(Affiliation::None), ..Person::of_target(&target) }
}

fn ground(at: Timestamp, about: usize) -> Ground {
    Ground {
        at,
        about: Some(about),
        answer: "mute".to_owned(),
        seconds: Some(300),
        rule: "flood".to_owned(),
        score: 70,
        reason: Text::plain("too much at once"),
        because: Vec::new(),
        is_routine: false,
    }
}

/// Case 12 about these people, with what was done to them.
fn case(it: &Scene, people: &[Person], actions: &[Action]) -> Case {
    let now = it.host.clock.now();
    let mut case = Case::new(12, &judge(), Mode::Enforced, now);
    for (i, person) in people.iter().enumerate() {
        case.person(person.clone());
        case.add_ground(ground(now, i));
    }
    actions.iter().for_each(|action| case.add_deed(Deed::of(action, "done", true, now)));
    case
}

fn keep(it: &Scene, case: &Case) {
    let jid = case.people.first().and_then(|it| it.jid.clone());
    let writing = Box::new(Writing { case: case.clone(), next: case.number + 1, jid });
    it.host.keeper.keep(Keep::Incident { room: garden(), writing });
}

fn withheld(it: &Scene, kind: Kind, person: &Person, by: &str) {
    let entry = Entry {
        kind,
        identity: person.identity.clone(),
        nick: person.nick.to_string(),
        since: it.host.clock.now(),
        until: None,
        reason: String::new(),
        by: by.to_owned(),
        was_voiceless: false,
        after_ban: false,
        sessions: Vec::new(),
    };
    it.host.keeper.keep(Keep::Timed { room: garden(), entry });
}

#[tokio::test]
async fn what_is_still_ours_is_taken_back_and_the_rest_named() {
    let it = Scene::new().await;
    let hidden = Person { identity: Identity::OccupantId(OccupantId::new("o-eve")), jid: None, ..person("eve") };
    let (alice, bob) = (person("alice"), person("bob"));
    let (mute, reason) = (|it: &Person| it.target(), String::new);
    let member = Action::Affiliation {
        jid: "carl@carl.example".parse().unwrap(),
        affiliation: Affiliation::Member,
        reason: reason(),
    };
    let form = FormChange { key: "moderated".to_owned(), before: vec!["0".to_owned()], after: vec!["1".to_owned()] };
    let actions = [
        Action::Mute { target: mute(&alice), span: None, reason: reason() },
        Action::Mute { target: mute(&bob), span: None, reason: reason() },
        member,
        Action::Configure { changes: vec![form] },
    ];
    keep(&it, &case(&it, &[alice.clone(), bob.clone(), hidden.clone(), person("carl")], &actions));
    withheld(&it, Kind::Mute, &alice, "judge");
    withheld(&it, Kind::Ban, &hidden, "judge");
    it.stage.put(&garden(), "alice", Some("alice@alice.example/phone"), (Role::Visitor, Affiliation::None));
    it.stage.set_listed(Some(&[(Affiliation::Member, "carl@carl.example")]));
    let said = it.say("romeo", "!undo №12").await;
    assert_eq!(
        said,
        [
            "romeo:\nCase #12, 3 things to restore:\nalice: muted → may speak\neve: kept out → may come in\n\
             carl: member → none\nbob: not muted by this case any more\n\
             I cannot read the room’s form: This room does not offer that.",
            "romeo: Case #12 is taken back (3 restored)."
        ]
    );
    assert!(it.stage.askers().iter().filter(|it| it.nick == "romeo").count() >= 3, "on behalf of whoever asked");
    assert!(it.say("romeo", "!undo 12").await[0].contains("was taken back by romeo"));
}

#[tokio::test]
async fn a_case_is_found_by_its_number_too_and_people_whatever_the_case_of_their_nick() {
    let it = Scene::new().await;
    let alice = person("alice");
    let mute = Action::Mute { target: alice.target(), span: Some(Duration::from_secs(300)), reason: String::new() };
    keep(&it, &case(&it, &[alice], &[mute]));
    for line in ["!case 12", "!case #12", "!incident 12"] {
        let said = it.say("nurse", line).await;
        assert!(said[0].starts_with("@nurse Case #12, "), "{line}: {said:?}");
    }
    assert_eq!(it.say("nurse", "!case 13").await, ["nurse: I know of nothing about 13 here."]);
    let said = it.say("nurse", "!case ALICE").await;
    assert!(said[0].starts_with("@nurse Known here as: alice"), "{said:?}");
}

#[tokio::test]
async fn why_is_answered_in_private_in_the_reader_s_language_and_to_nobody_else() {
    let it = Scene::new().await;
    let alice = person("alice");
    let mute = Action::Mute { target: alice.target(), span: Some(Duration::from_secs(300)), reason: String::new() };
    keep(&it, &case(&it, &[alice, person("bob")], &[mute]));
    it.say("romeo", "!language ru").await;
    let said = it.say("alice", "!почему").await;
    let told = "вас лишили голоса на 5 минут, автоматически: too much at once (дело #12)";
    assert!(said.len() == 1 && said[0].starts_with("@alice ") && said[0].contains(told), "{said:?}");
    for nick in ["bob", "peter"] {
        let said = it.whisper(nick, "why").await;
        assert_eq!(said, [format!("@{nick} Мне неизвестно, чтобы с вами что-то сделали.")]);
    }
    // Somebody else takes the nick.
    it.stage.put(&garden(), "alice", Some("eve@eve.example/x"), (Role::Participant, Affiliation::None));
    assert_eq!(it.whisper("alice", "why").await, ["@alice Мне неизвестно, чтобы с вами что-то сделали."]);
    let said = it.direct("alice@alice.example", "why").await;
    assert!(said[0].contains("garden@chat.example.org: "), "{said:?}");
    let said = it.direct("mallory@evil.example", "why").await;
    assert!(said[0].starts_with("mallory@evil.example< I am a bot"), "{said:?}");
}

#[tokio::test]
async fn who_is_told_is_the_room_owner_s_to_choose() {
    let it = Scene::new().await;
    let private = "nurse: Moderators who are here are told in private of what I do by myself.";
    assert_eq!(it.say("nurse", "!alerts").await, [private]);
    assert_eq!(it.say("nurse", "!alerts off").await, ["nurse: That takes at least the level 30 (room owner)."]);
    let said = it.say("romeo", "!alerts hall@chat.example.org").await;
    assert_eq!(said, ["romeo: hall@chat.example.org is told of what I do by myself here."]);
    let said = it.say("romeo", "!alerts everybody").await;
    assert!(
        said[0].contains("“everybody” is neither private nor off, nor the JID of a room or of someone."),
        "{said:?}"
    );
    let it = it.restart().await;
    assert_eq!(it.say("nurse", "!alerts").await, ["nurse: hall@chat.example.org is told of what I do by myself here."]);
}
