//! What has come and is not worked on yet: reading does not wait for work.
//!
//! Only what was read is acknowledged (XEP-0198), and a server gives up a client to which thousands of stanzas are under
//! way (ejabberd: 5,000). So whatever the stream has is taken in before the next stanza is worked on. The bounds are on
//! number and size; beyond them the stream waits, and TCP tells the server.

use std::collections::VecDeque;

use futures::{FutureExt as _, StreamExt as _};
use tokio_xmpp::{
    Stanza,
    stanzastream::{Event, StanzaStream},
};
use xmpp_parsers::{
    iq::Iq,
    minidom::{Element, Node},
};

/// So many events wait at most.
const MAX_EVENTS: usize = 8_192;
/// So large, roughly, they are at most together.
const MAX_BYTES: usize = 8 << 20;
/// What a stanza or an element takes besides its text, roughly.
const STANZA_BYTES: usize = 512;
const ELEMENT_BYTES: usize = 128;

/// What waits, in the order in which it came.
#[derive(Default)]
pub(super) struct Inbox {
    waiting: VecDeque<(Event, usize)>,
    n_bytes: usize,
}

impl Inbox {
    /// Takes in what the stream has.
    pub(super) fn fill(&mut self, stream: &mut StanzaStream) {
        while self.waiting.len() < MAX_EVENTS && self.n_bytes < MAX_BYTES {
            // The end of the stream is seen again by whoever waits for more.
            let Some(Some(event)) = stream.next().now_or_never() else { return };
            self.push(event);
        }
    }

    fn push(&mut self, event: Event) {
        let n_bytes = match &event {
            Event::Stanza(stanza) => stanza_bytes(stanza),
            Event::Stream(_) => STANZA_BYTES,
        };
        self.n_bytes += n_bytes;
        self.waiting.push_back((event, n_bytes));
    }

    /// The next event; `None`: the stream has ended. Cancel-safe: what is taken out is given at once.
    pub(super) async fn next(&mut self, stream: &mut StanzaStream) -> Option<Event> {
        if self.waiting.is_empty() {
            return stream.next().await;
        }
        // Who works on much lets the others have their turn, the stream's own task first of all.
        tokio::task::consume_budget().await;
        let (event, n_bytes) = self.waiting.pop_front()?;
        self.n_bytes -= n_bytes;
        Some(event)
    }
}

fn stanza_bytes(stanza: &Stanza) -> usize {
    let inside = match stanza {
        Stanza::Message(message) => {
            message.bodies.values().map(String::len).sum::<usize>() + elements_bytes(&message.payloads)
        }
        Stanza::Presence(presence) => {
            presence.statuses.values().map(String::len).sum::<usize>() + elements_bytes(&presence.payloads)
        }
        Stanza::Iq(Iq::Get { payload, .. } | Iq::Set { payload, .. }) => element_bytes(payload),
        Stanza::Iq(Iq::Result { payload, .. } | Iq::Error { payload, .. }) => payload.as_ref().map_or(0, element_bytes),
    };
    STANZA_BYTES + inside
}

fn elements_bytes(elements: &[Element]) -> usize {
    elements.iter().map(element_bytes).sum()
}

/// The fence keeps elements from being nested deeply.
fn element_bytes(element: &Element) -> usize {
    let inside = element.nodes().map(|it| match it {
        Node::Element(child) => element_bytes(child),
        Node::Text(text) => text.len(),
    });
    let attributes: usize = element.attrs().into_iter().map(|(_, value)| ELEMENT_BYTES / 2 + value.len()).sum();
    ELEMENT_BYTES + attributes + inside.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use xmpp_parsers::message::{Lang, Message};

    use super::*;

    #[test]
    fn what_waits_is_weighed_by_its_text_and_elements() {
        let mut message = Message::new(None);
        let empty = stanza_bytes(&message.clone().into());
        message.bodies.insert(Lang::default(), "x".repeat(10_000));
        let with_body = stanza_bytes(&message.clone().into());
        let payload = format!("<a xmlns='u'>{}</a>", "<b c='1'>text</b>".repeat(1_000));
        message.payloads.push(payload.parse().unwrap());
        let with_both = stanza_bytes(&message.into());
        assert!(empty < 1_000 && empty + 10_000 <= with_body && with_body + 100_000 < with_both);
    }
}
