//! Whoever was sent away by a person, with their own client or through us, may ask who it was and why, and nobody else.

use domovoi_plugin::{Affiliation, Cause, Event, EventKind, Leave, Nick, Occupant, Phase, Role};

use crate::host::{
    room::{RoomHost, Saved},
    testing::{Scene, crowd, garden},
};

const STRANGER: &str = "I am a bot";

/// Somebody leaves the garden.
async fn leaves(it: &Scene, nick: &str, cause: Cause, actor: Option<&str>, reason: Option<&str>) {
    let mut view = crowd(3);
    view.put(Occupant { is_self: true, ..Occupant::new(Nick::new("domovoi").unwrap(), it.host.clock.now(), 99) });
    let actor = actor.map(|it| Nick::new(it).unwrap());
    let event = Event {
        at: it.host.clock.now(),
        room: garden(),
        phase: Phase::Live,
        is_own: false,
        occupant: it.stage.occupant(&garden(), nick),
        kind: EventKind::Leave(Leave { cause, actor, reason: reason.map(str::to_owned) }),
    };
    RoomHost::new(it.host.clone(), garden(), Saved::default()).event(event, &view);
    it.stage.remove(&garden(), nick);
    it.settle().await;
}

async fn why(it: &Scene, nick: &str) -> String {
    it.direct(&format!("{nick}@{nick}.example"), "why").await.join("\n")
}

#[tokio::test]
async fn whoever_was_sent_away_by_a_person_is_told_what_the_room_showed() {
    for (cause, actor, reason, told) in [
        (Cause::Kicked, Some("nurse"), Some("calm down"), "you were thrown out by nurse: calm down"),
        (Cause::Banned, Some("nurse"), None, "you were banned by nurse, who gave no reason."),
        (Cause::Banned, None, Some("spam"), "you were banned by a moderator: spam"),
        (Cause::Kicked, None, None, "you were thrown out by a moderator, who gave no reason."),
        // Done through us: the reason says for whom.
        (
            Cause::Kicked,
            Some("domovoi"),
            Some("spam (by nurse)"),
            "you were thrown out by a moderator: spam (by nurse)",
        ),
        (Cause::Kicked, Some("nurse"), Some("spam (by nurse)"), "you were thrown out by a moderator: spam (by nurse)"),
    ] {
        let it = Scene::new().await;
        leaves(&it, "alice", cause, actor, reason).await;
        let said = why(&it, "alice").await;
        assert!(said.contains("garden@chat.example.org: 2026-11-18") && said.contains(told), "{told} is not in {said}");
        let said = it.direct("alice@alice.example", "help").await.join("\n");
        assert!(said.contains(STRANGER), "it is the one thing they may ask: {said}");
        let said = it.direct("mallory@evil.example", "why").await.join("\n");
        assert!(said.contains(STRANGER), "{said}");
    }
}

#[tokio::test]
async fn whoever_went_by_themselves_is_a_stranger() {
    for cause in [Cause::Left, Cause::Lost, Cause::Removed, Cause::Shutdown] {
        let it = Scene::new().await;
        leaves(&it, "alice", cause, None, Some("bye")).await;
        let said = why(&it, "alice").await;
        assert!(said.contains(STRANGER), "{cause:?}: {said}");
    }
}

#[tokio::test]
async fn whoever_came_back_is_told_in_the_room_s_language_and_not_who_has_the_nick_now() {
    let it = Scene::new().await;
    it.say("romeo", "!language ru").await;
    leaves(&it, "alice", Cause::Kicked, Some("nurse"), Some("довольно")).await;
    let put = |jid| it.stage.put(&garden(), "alice", Some(jid), (Role::Participant, Affiliation::None));
    put("eve@eve.example/x");
    assert_eq!(it.whisper("alice", "why").await, ["@alice Мне неизвестно, чтобы с вами что-то сделали."]);
    put("alice@alice.example/x");
    let said = it.whisper("alice", "why").await.join("\n");
    assert!(said.contains("вас выгнали, решение nurse: довольно"), "{said}");
    let it = it.restart().await;
    let said = why(&it, "alice").await;
    assert!(said.contains("решение nurse: довольно") || said.contains("by nurse: довольно"), "{said}");
}
