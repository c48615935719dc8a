//! What someone says: remembered as far as rules need it, and shown to each of them.

use domovoi_plugin::{Correction, Identity, Message};

use crate::{
    company::Company,
    marks::Marks,
    recent::{Recent, Said},
    rules::{
        Hit, Speech, churn,
        churn::Act,
        command, contact,
        crowd::Word,
        edit, hidden, link, media, mentions, quotes,
        rate::{self, Line},
        removed, repeat, size, spread,
    },
    text::{Kind, Print},
};

/// Corrections of one message that are not counted as copies of it.
const FREE_EDITS: u8 = 3;

/// What was said, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Utterance<'a> {
    /// To the room.
    Public(&'a Message),
    /// To us alone.
    Private(&'a Message),
    /// In place of what was said before.
    Edit(&'a Correction),
}

impl<'a> Utterance<'a> {
    pub(crate) const fn message(self) -> &'a Message {
        match self {
            Self::Public(it) | Self::Private(it) => it,
            Self::Edit(it) => &it.message,
        }
    }

    /// Whether anybody sees anything of it; chat states and receipts show nothing.
    pub(crate) const fn is_visible(self) -> bool {
        let it = self.message();
        let has_text = !it.body.is_empty() || !it.bodies.is_empty() || it.xhtml.is_some() || it.subject.is_some();
        has_text || !it.oob.is_empty() || it.is_encrypted
    }
}

/// Who says it, and what the room remembers.
#[derive(Debug)]
pub(crate) struct Audience<'a> {
    /// The speaker.
    pub(crate) who: &'a Identity,
    /// The same, as the room's memory knows them.
    pub(crate) marks: Marks,
    /// How many people the message calls, and of how many words it is.
    pub(crate) called: (usize, usize),
    /// Whether they were here before and only lost their connection.
    pub(crate) is_back: bool,
    /// The room's memory; `None` for what its archive tells, the times of which are not those of now.
    pub(crate) company: Option<&'a mut Company>,
}

/// Remembers what was said and asks the rules.
pub(crate) fn hear(
    recent: &mut Recent,
    utterance: Utterance<'_>,
    speech: &Speech<'_>,
    audience: Audience<'_>,
) -> Vec<Hit> {
    let (mut said, replaced) = remember_pace(recent, utterance, speech);
    let mut hits = Vec::new();
    let whispered = rate::of_whispers(speech.limits);
    let (pace, limits) = match utterance {
        Utterance::Public(_) | Utterance::Edit(_) => (&recent.pace, speech.limits),
        Utterance::Private(_) => (&recent.whispers, &whispered),
    };
    hits.extend(rate::judge(pace, limits, speech.width, speech.n_clean, speech.now));
    if !speech.look.is_encrypted() {
        hits.extend(size::judge(speech.look, pace, speech.limits, speech.width, speech.now));
        hits.extend(hidden::judge(speech.look.tricks()));
    }
    let mut company = audience.company;
    if let (Utterance::Public(_), Some(company)) = (utterance, company.as_deref_mut()) {
        said.hands_on = company.handed_on(speech.look, audience.marks, speech.now);
        if speech.is_fresh() && speech.look.leads().lead_away() {
            company.note_pitch(audience.marks);
        }
        let own = &speech.look.own().text;
        // The same error comes up for many.
        said.echo_of = company.echo_of(own, audience.marks, speech.now).filter(|_| !speech.look.is_code());
        said.is_quote |=
            said.echo_of.is_some() && speech.is_fresh() && quotes::is_long(own) && !speech.look.is_courtesy();
    }
    if !matches!(utterance, Utterance::Private(_)) {
        hits.extend(mentions::judge(audience.called.0, audience.called.1, speech.limits.mentions));
        copies(&said, recent, speech, &mut hits);
    }
    if let Utterance::Edit(_) = utterance {
        recent.acts.push(speech.now, Act::Edit);
        hits.extend(churn::judge(Act::Edit, &recent.acts, speech.width, speech.now));
        hits.extend(edit::judge(replaced.as_ref(), &said, speech));
    }
    if let Some(company) = company {
        compare(&said, utterance, speech, (audience.who, audience.is_back, company), &mut hits);
    }
    if !matches!(utterance, Utterance::Private(_)) {
        remember(recent, said, speech);
    }
    once(&mut hits);
    hits
}

/// One text is one offence: of the rules about what it says only the strongest counts, the others are told.
fn once(hits: &mut [Hit]) {
    let about_text = |it: &Hit| it.rule.is_about_text();
    let Some(strongest) = hits.iter().filter(|it| about_text(it)).map(|it| it.points).max() else {
        return;
    };
    let mut is_found = false;
    for hit in hits.iter_mut().filter(|it| about_text(it)) {
        if hit.points < strongest || std::mem::replace(&mut is_found, true) {
            hit.points = 0;
        }
    }
}

/// What the speaker said before, in the room.
fn copies(said: &Said, recent: &Recent, speech: &Speech<'_>, hits: &mut Vec<Hit>) {
    let repeated = repeat::judge(said, &recent.memory, speech);
    // One thing said again is one offence, whatever else it has in common.
    hits.extend(repeated.or_else(|| contact::judge(said, &recent.memory, speech)));
    hits.extend(link::judge(said, &recent.memory, speech));
    hits.extend(media::judge(said, &recent.memory, speech));
    hits.extend(spread::judge(said, &recent.memory, speech));
    hits.extend(quotes::judge(said, &recent.memory, speech));
    hits.extend(command::judge(said, &recent.memory, speech));
}

/// What others said, and what was taken back.
fn compare(
    said: &Said,
    utterance: Utterance<'_>,
    speech: &Speech<'_>,
    (who, is_back, company): (&Identity, bool, &mut Company),
    hits: &mut Vec<Hit>,
) {
    if speech.trust.is_known() {
        return;
    }
    hits.extend(removed::judge(said, &company.removed, speech));
    // The answers to a question at the door are all the same and go to us alone.
    let is_advert = speech.look.leads().lead_away() || said.is_material;
    let is_private = matches!(utterance, Utterance::Private(_));
    if !speech.is_fresh() || (is_private && !is_advert) {
        return;
    }
    let mut leads = said.leads.to_vec();
    leads.extend(said.material);
    let print = if said.is_bare {
        // Pictures have no words in common, but they come from one place.
        leads.extend(media::place(speech.look));
        Print::default()
    } else {
        let print = said.print.clone().filter(|_| is_advert || !speech.look.is_courtesy());
        let Some(print) = print else { return };
        print
    };
    let stanza_id = said.stanza_id.clone();
    let is_first = speech.n_clean <= 1 && !is_back;
    let who = who.clone();
    let leads = leads.into_boxed_slice();
    let is_offer =
        speech.look.leads().has(Kind::Link) && !speech.is_asked && !speech.is_at_home && !speech.is_question();
    let (is_bare, is_material) = (said.is_bare, said.is_material);
    let word =
        Word { who, print, leads, stanza_id, is_advert, is_material, is_offer, is_bare, is_first, is_done: false };
    hits.extend(company.heard(word, speech));
}

/// Notes how long the message is; gives what is to be compared, and what it replaces.
fn remember_pace(recent: &mut Recent, utterance: Utterance<'_>, speech: &Speech<'_>) -> (Said, Option<Print>) {
    let mut said = Said { is_asked: speech.is_asked, ..Said::new(utterance.message(), speech.look) };
    let mut replaced = None;
    let mut is_small_edit = false;
    if let Utterance::Edit(correction) = utterance {
        let old = recent.memory.newest_mut().find(|it| it.id.as_ref() == Some(&correction.replaces));
        if let Some(old) = old.filter(|it| it.n_edits < FREE_EDITS) {
            // The text before the correction is gone from the screen, so that the new one is no copy of it.
            replaced = old.print.take();
            old.leads = Box::default();
            is_small_edit =
                replaced.as_ref().zip(said.print.as_ref()).is_some_and(|(old, new)| 700 <= old.likeness(new));
            said.n_edits = old.n_edits + 1;
        } else {
            said.n_edits = FREE_EDITS;
        }
        said.id = Some(correction.replaces.clone());
    }
    let n_chars = if is_small_edit { 0 } else { speech.look.n_chars() };
    let pace = match utterance {
        Utterance::Public(_) | Utterance::Edit(_) => &mut recent.pace,
        Utterance::Private(_) => &mut recent.whispers,
    };
    pace.push(speech.now, Line { n_chars, is_code: speech.look.is_code() });
    (said, replaced)
}

fn remember(recent: &mut Recent, mut said: Said, speech: &Speech<'_>) {
    let is_resent = |it: &&mut Said| it.id.is_some() && it.id == said.id;
    if said.n_edits == 0 && recent.memory.newest_mut().find(is_resent).is_some() {
        said.is_resent = true;
    }
    recent.memory.push(speech.now, said);
}
