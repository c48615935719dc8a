//! From verdicts to what is asked of the room.

use domovoi_plugin::{Action, Event, Phase, PluginName, Verdict, View};

use super::{Ask, RoomHost};
use crate::host::{
    guard_chain::Judged,
    sentence::{is_untouchable, sentence},
};

impl RoomHost {
    /// What the verdicts come to.
    pub(super) fn carry_out(&mut self, judged: &Judged, event: &Event, view: &dyn View) -> Vec<Ask> {
        self.note(judged, event.at);
        let Some((plugin, verdict)) = judged.strongest() else { return Vec::new() };
        if self.is_spared(plugin, verdict, view) { Vec::new() } else { self.actions_of(plugin, verdict, Some(event)) }
    }

    /// What verdicts come to that are about others than whoever caused the event.
    pub(super) fn carry_out_others(&self, judged: &Judged, view: &dyn View) -> Vec<Ask> {
        let others = judged.others.iter().filter(|(plugin, it)| !self.is_spared(plugin, it, view));
        others.flat_map(|(plugin, it)| self.actions_of(plugin, it, None)).collect()
    }

    fn is_spared(&self, plugin: &PluginName, verdict: &Verdict, view: &dyn View) -> bool {
        let Some(target) = &verdict.target else { return false };
        let is_spared = view.occupant(&target.nick).is_some_and(|it| is_untouchable(it, view));
        if is_spared {
            tracing::warn!(room.jid = %self.room, occupant.nick = %target.nick, %plugin, rule = verdict.rule,
                "a guard wanted to act on someone whom nobody may touch");
        }
        is_spared
    }

    fn actions_of(&self, plugin: &PluginName, verdict: &Verdict, event: Option<&Event>) -> Vec<Ask> {
        let Some(target) = &verdict.target else { return Vec::new() };
        let lang = self.host.room_language(&self.room);
        let reason = self.host.words_of(plugin, &lang, &verdict.reason);
        let is_past = event.is_some_and(|it| it.phase != Phase::Live);
        let mut actions = Vec::new();
        actions.extend(sentence(verdict.answer, target, &reason, is_past));
        let messages = verdict.retract.iter().cloned();
        actions.extend(messages.map(|message| Action::Retract { message, reason: reason.clone() }));
        actions.into_iter().map(|action| Ask { plugin: plugin.clone(), action }).collect()
    }
}
