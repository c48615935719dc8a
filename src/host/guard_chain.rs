//! The guards of one room, asked in order, inline, each behind a panic fence.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
    time::Duration,
};

use domovoi_plugin::{Event, Memo, PluginName, RoomGuard, Shared, Timestamp, Verdict, View};

use super::panics::caught;
use crate::clock::Stopwatch;

/// What the rooms of each guard share. Swapped as a whole by the plugin's reacting half.
#[derive(Clone, Debug, Default)]
pub struct SharedParts(Arc<RwLock<BTreeMap<PluginName, Shared>>>);

impl SharedParts {
    /// What this plugin's rooms share now.
    #[must_use]
    pub fn get(&self, plugin: &PluginName) -> Shared {
        let parts = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        parts.get(plugin).cloned().flatten()
    }

    /// Replaces it by what `change` makes of it, unless that is nothing. Others wait meanwhile.
    pub fn change(&self, plugin: &PluginName, change: impl FnOnce(&Shared) -> Option<Shared>) {
        let mut parts = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(shared) = change(parts.get(plugin).unwrap_or(&None)) {
            parts.insert(plugin.clone(), shared);
        }
    }
}

/// One guard in the chain.
pub struct Link {
    /// Whose it is.
    pub plugin: PluginName,
    /// The guard.
    pub guard: Box<dyn RoomGuard>,
    /// Panics so far; after [`MAX_PANICS`] it is not asked any more until it is made anew.
    n_panics: u32,
}

/// So many panics, and a guard is not asked any more.
pub const MAX_PANICS: u32 = 10;

/// What the chain said about one event.
#[derive(Debug, Default)]
pub struct Judged {
    /// Every verdict that was not a pass, in bundle order.
    pub verdicts: Vec<(PluginName, Verdict)>,
    /// Which of them is the strongest, the first of equals.
    strongest: Option<usize>,
    /// Verdicts that are not about the event, in the order in which they are to be carried out.
    pub others: Vec<(PluginName, Verdict)>,
    /// What guards told besides, oldest first.
    pub memos: Vec<(PluginName, Memo)>,
    /// Guards that panicked, with what they said.
    pub panics: Vec<(PluginName, String)>,
    /// How long it took.
    pub took: Duration,
}

impl Judged {
    /// The verdict that counts, and whose it is.
    #[must_use]
    pub fn strongest(&self) -> Option<&(PluginName, Verdict)> {
        self.strongest.and_then(|i| self.verdicts.get(i))
    }

    /// What is to be carried out, and whose it is: the verdict that counts, and those that are not about the event.
    pub fn decided(&self) -> impl Iterator<Item = &(PluginName, Verdict)> {
        self.strongest().into_iter().chain(&self.others)
    }

    /// Whether the event is kept from plugins that did not ask for such.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.strongest().is_some_and(|(_, verdict)| verdict.answer.is_flagged())
    }

    fn add_others(&mut self, plugin: &PluginName, verdicts: Vec<Verdict>) {
        self.others.extend(verdicts.into_iter().filter(|it| !it.is_pass()).map(|it| (plugin.clone(), it)));
    }

    fn add(&mut self, plugin: &PluginName, verdict: Verdict) {
        if verdict.is_pass() {
            return;
        }
        let is_stronger = self.strongest().is_none_or(|(_, it)| it.answer < verdict.answer);
        self.verdicts.push((plugin.clone(), verdict));
        if is_stronger {
            self.strongest = Some(self.verdicts.len() - 1);
        }
    }
}

/// The guards of one room.
#[derive(Default)]
pub struct GuardChain {
    links: Vec<Link>,
    shared: SharedParts,
}

impl GuardChain {
    /// A chain of these guards, in bundle order.
    #[must_use]
    pub fn new(guards: Vec<(PluginName, Box<dyn RoomGuard>)>, shared: SharedParts) -> Self {
        let link = |(plugin, guard)| Link { plugin, guard, n_panics: 0 };
        Self { links: guards.into_iter().map(link).collect(), shared }
    }

    /// Whether nobody guards here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Whether this plugin guards here.
    #[must_use]
    pub fn has(&self, plugin: &PluginName) -> bool {
        self.links.iter().any(|it| it.plugin == *plugin)
    }

    /// Who guards here.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginName> {
        self.links.iter().map(|it| &it.plugin)
    }

    /// Asks every guard about one event.
    pub fn judge(&mut self, event: &Event, view: &dyn View) -> Judged {
        self.ask(|judged, link, shared| {
            judged.add(&link.plugin, link.guard.judge(event, view, shared));
            judged.add_others(&link.plugin, link.guard.also());
        })
    }

    /// Lets a second of room time pass.
    pub fn tick(&mut self, now: Timestamp, view: &dyn View) -> Judged {
        self.ask(|judged, link, shared| {
            let verdicts = link.guard.tick(now, view, shared);
            judged.add_others(&link.plugin, verdicts);
        })
    }

    fn ask(&mut self, mut ask: impl FnMut(&mut Judged, &mut Link, &Shared)) -> Judged {
        let watch = Stopwatch::start();
        let mut judged = Judged::default();
        for link in self.links.iter_mut().filter(|it| it.n_panics < MAX_PANICS) {
            let shared = self.shared.get(&link.plugin);
            let asked = caught(|| {
                ask(&mut judged, link, &shared);
                link.guard.take_memos()
            });
            match asked {
                Ok(memos) => judged.memos.extend(memos.into_iter().map(|it| (link.plugin.clone(), it))),
                Err(what) => {
                    link.n_panics += 1;
                    judged.panics.push((link.plugin.clone(), what));
                }
            }
        }
        judged.took = watch.elapsed();
        judged
    }

    /// What each guard wants kept.
    #[must_use]
    pub fn save(&self) -> Vec<(PluginName, Vec<u8>)> {
        let saved = |it: &Link| Some((it.plugin.clone(), caught(|| it.guard.save()).ok()?));
        self.links.iter().filter_map(saved).collect()
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Answer, EventKind, Phase};

    use super::*;
    use crate::host::testing::{crowd, garden};

    struct Always(Answer, &'static str);

    impl RoomGuard for Always {
        fn judge(&mut self, _: &Event, _: &dyn View, _: &Shared) -> Verdict {
            assert!(self.1 != "panics", "it hurts");
            Verdict { answer: self.0, rule: self.1, ..Verdict::pass() }
        }
    }

    fn chain(guards: Vec<Always>) -> GuardChain {
        let named =
            |(i, it): (usize, Always)| (PluginName::new(&format!("p{i}")).unwrap(), Box::new(it) as Box<dyn RoomGuard>);
        GuardChain::new(guards.into_iter().enumerate().map(named).collect(), SharedParts::default())
    }

    fn judge(chain: &mut GuardChain) -> Judged {
        let event = Event {
            at: Timestamp::default(),
            room: garden(),
            phase: Phase::Live,
            is_own: false,
            occupant: None,
            kind: EventKind::Presence,
        };
        chain.judge(&event, &crowd(0))
    }

    #[test]
    fn strongest_wins_first_of_equals_and_all_are_kept() {
        let guards = vec![Always(Answer::Note, "a"), Always(Answer::Kick, "b"), Always(Answer::Kick, "c")];
        let judged = judge(&mut chain(guards));
        assert_eq!(judged.strongest().unwrap().1.rule, "b");
        assert_eq!(judged.verdicts.len(), 3);
        assert!(judged.is_flagged());
    }

    #[test]
    fn panicking_guard_is_contained_counted_and_then_left_alone() {
        let mut chain = chain(vec![Always(Answer::Pass, "panics"), Always(Answer::Retract, "b")]);
        for n in 0..MAX_PANICS + 5 {
            let judged = judge(&mut chain);
            assert_eq!(judged.strongest().unwrap().1.rule, "b");
            assert_eq!(judged.panics.len(), usize::from(n < MAX_PANICS), "event {n}");
        }
    }
}
