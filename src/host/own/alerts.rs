//! `alerts`: who is told of what was done automatically in a room.

use domovoi_plugin::{ArgKind, ArgSpec, CommandSpec, Fault, Level, Text, grammar::shown, jid::BareJid};

use super::{
    asked::{Answer, Answered, Asked},
    not_changed, room_path,
};
use crate::{config::Alerts, host::overlay::Change};

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "оповещения")],
    level: Level::MODERATOR,
    args: &[ArgSpec::optional("where", ArgKind::Word)],
    example: "alerts private",
    ..CommandSpec::new("alerts", "help-alerts")
}];

/// Says who is told, or changes it.
pub(super) async fn alerts(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    if let Some(wanted) = it.call.args.text("where") {
        it.need(Level::ROOM_OWNER)?;
        let is_someone = BareJid::new(wanted).is_ok_and(|it| it.node().is_some());
        if !matches!(wanted, "private" | "off") && !is_someone {
            return Err(Fault::answer(Text::key("alerts-wrong").with("given", shown(wanted, 100))));
        }
        let change = Change::set(room_path(room).join("alerts"), wanted);
        it.host.change(vec![change], &it.by()).await.map_err(|error| not_changed(&error))?;
    }
    let alerts = it.host.live.config().rooms.get(room).map_or(Alerts::Private, |it| it.alerts.clone());
    Ok(Answer::Here(match alerts {
        Alerts::Private => Text::key("alerts-private"),
        Alerts::Off => Text::key("alerts-off"),
        Alerts::To(jid) => Text::key("alerts-to").with("jid", jid.as_str()),
    }))
}
