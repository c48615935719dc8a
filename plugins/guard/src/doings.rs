//! What someone does besides talking: coming in, under a nick, with a status; renaming, reacting, changing the subject.

use std::sync::Arc;

use domovoi_plugin::{Occupant, Verdict, View};

use crate::{
    answer::Case,
    lists::Finding,
    marks,
    people::TALKED,
    room::Room,
    rules::{
        Hit,
        churn::{self, Act},
        nick, status,
    },
    saved::Past,
    text::{is_disguise_of, looks_of},
    trust::Trust,
};

impl Room {
    /// Someone came in: by themself, under this nick, with this status.
    pub(crate) fn entered(&mut self, case: &Case<'_>, view: &dyn View) -> Verdict {
        let Past { people, company, .. } = &mut self.past;
        company.came(case.occupant, case.marks, case.now);
        let person = people.meet(case.occupant, &case.identity, case.now);
        // Whoever lost their connection did not leave, and does not come.
        person.is_back = std::mem::take(&mut person.was_lost);
        let act = (!person.is_back).then_some(Act::Join);
        let (named, status) = (self.named(case, view), self.status(case));
        let finding = self.ask_lists(case, None, true);
        self.did(case, view, act, named.into_iter().chain(status), &finding)
    }

    pub(crate) fn did(
        &mut self,
        case: &Case<'_>,
        view: &dyn View,
        act: Option<Act>,
        hits: impl IntoIterator<Item = Hit>,
        finding: &Finding,
    ) -> Verdict {
        let now = case.now;
        let person = self.past.people.meet(case.occupant, &case.identity, now);
        let trust = person.standing.trust(case.occupant, &case.identity, now);
        let mut all: Vec<Hit> = hits.into_iter().collect();
        if let Some(act) = act {
            person.recent.acts.push(now, act);
            let width = person.standing.width(trust);
            all.extend(churn::judge(act, &person.recent.acts, width, now));
        }
        self.config.apply(&mut all);
        all.extend(finding.hits.iter().cloned());
        self.answer(case, trust, &all, finding, view)
    }

    /// What speaks against a nick: what it is, and whose it passes for.
    pub(crate) fn named(&mut self, case: &Case<'_>, view: &dyn View) -> Option<Hit> {
        let name = case.occupant.nick.as_str();
        let looks = looks_of(name);
        let written = name.to_lowercase();
        let (hash, written_hash) = (marks::hash(&looks), marks::hash(&written));
        let person = self.past.people.meet(case.occupant, &case.identity, case.now);
        (person.looks, person.name) = (hash, written_hash);
        if person.standing.trust(case.occupant, &case.identity, case.now).is_known() {
            return None;
        }
        if looks == written && name.is_ascii() {
            return nick::judge(name);
        }
        let is_somebody = |it: &&Arc<Occupant>| {
            let trust = self.past.people.trust(it, &it.identity(), case.now);
            let has_talked = TALKED <= self.past.people.n_clean(&it.identity());
            !it.is(&case.identity) && (trust.is_known() || has_talked || self.is_spared(it, view))
        };
        let is_here =
            view.occupants().filter(|it| is_disguise_of((name, &looks), it.nick.as_str())).any(|it| is_somebody(&it));
        let is_away = || self.past.people.is_regulars(hash, written_hash, &case.identity, case.now);
        if is_here || (!name.is_ascii() && is_away()) {
            return Some(nick::disguised());
        }
        nick::judge(name)
    }

    /// What speaks against a stranger's status, if it is another one than before.
    pub(crate) fn status(&mut self, case: &Case<'_>) -> Option<Hit> {
        let text = case.occupant.status.as_deref().unwrap_or("");
        let person = self.past.people.meet(case.occupant, &case.identity, case.now);
        let hash = if text.is_empty() { 0 } else { marks::hash(text) };
        let is_new = std::mem::replace(&mut person.status, hash) != hash && hash != 0;
        let trust = person.standing.trust(case.occupant, &case.identity, case.now);
        if is_new && trust == Trust::Stranger { status::judge_status(text) } else { None }
    }
}
