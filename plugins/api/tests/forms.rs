//! What a plugin finds on the bench where it changes a room's form, and where it is asked to take an incident back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "allow-unwrap-in-tests does not reach helper functions"
)]

use domovoi_plugin::{
    Affiliation, Call, CommandSpec, Context, Fault, FormChange, FormField, Incident, Level, Manifest, Plugin,
    PluginName, Power, Text, async_trait,
    testing::{Bench, BenchRoom},
};

/// `hush` makes the room moderated and says what changed.
struct Hush;

#[async_trait]
impl Plugin for Hush {
    fn manifest(&self) -> Manifest {
        let hush = CommandSpec { level: Level::PARTICIPANT, ..CommandSpec::new("hush", "description") };
        Manifest {
            powers: &[Power::Say, Power::RoomConfig],
            commands: vec![hush],
            ..Manifest::new(PluginName::new("hush").unwrap())
        }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let wanted = [("moderated", "true"), ("allowpm", "moderators"), ("slow_mode", "20")];
        let wanted = wanted.map(|(key, value)| (key.to_owned(), vec![value.to_owned()]));
        let room = cx.room.clone().unwrap();
        let changed = cx.services.rooms.set_form(&room, &wanted, Some(&call.asker)).await?;
        let line = |it: &FormChange| format!("{}: {} to {}", it.key, it.before[0], it.after[0]);
        let lines: Vec<String> = changed.iter().map(line).collect();
        cx.reply(Text::plain(format!("changed {}", lines.join(", ")))).await;
        Ok(())
    }

    async fn undo(&self, incident: &Incident, _: &Context) -> Result<Option<Text>, Fault> {
        Ok(Some(Text::plain(format!("forgot #{}", incident.number))))
    }
}

fn garden(bot: Affiliation) -> (Bench, BenchRoom) {
    let bench = Bench::new(Box::new(Hush));
    let room = bench.room("garden@chat.example", bot);
    room.offers_field("moderated", FormField::flag(false));
    room.offers_field("allowpm", FormField::one("anyone", &["anyone", "moderators"]));
    room.join("olga", Affiliation::Owner);
    room.join("bob", Affiliation::None);
    (bench, room)
}

#[test]
fn what_the_room_offers_is_changed_and_the_difference_given_once() {
    let (bench, room) = garden(Affiliation::Owner);
    room.person("olga").says("!hush");
    let changed = "bot: olga: changed moderated: 0 to 1, allowpm: anyone to moderators";
    assert_eq!(bench.answers(), ["bot configures moderated=1 allowpm=moderators", changed]);
    room.person("olga").says("!hush");
    assert_eq!(bench.answers(), ["bot: olga: changed "]);
    assert_eq!(room.field("moderated").unwrap(), "1");
}

#[test]
fn nobody_changes_the_form_through_the_bot_who_could_not_do_it_alone() {
    let (bench, room) = garden(Affiliation::Owner);
    room.person("bob").says("!hush");
    assert_eq!(room.field("moderated").unwrap(), "0");
    bench.grant(&[Power::Say]);
    room.person("olga").says("!hush");
    bench.grant(&[Power::Say, Power::RoomConfig]);
    bench.dry_run();
    room.person("olga").says("!hush");
    assert_eq!(room.field("moderated").unwrap(), "0");
    let (_, room) = garden(Affiliation::Admin);
    room.person("olga").says("!hush");
    assert_eq!(room.field("moderated").unwrap(), "0", "it takes an owner");
}

#[test]
fn an_incident_is_taken_back() {
    let (bench, room) = garden(Affiliation::Owner);
    let incident = Incident {
        room: room.jid().clone(),
        number: 12,
        plugin: PluginName::new("hush").unwrap(),
        opened: bench.now(),
        last: bench.now(),
        is_raid: false,
        is_observed: false,
        people: Vec::new(),
        rules: Vec::new(),
        said: Vec::new(),
    };
    assert_eq!(bench.undo(&incident).as_deref(), Some("forgot #12"));
}
