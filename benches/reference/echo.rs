//! The least bot there can be in Rust: one loop around a bare `StanzaStream`, no room state, no fence, no checks.

use anyhow::{Context as _, Result, bail};
use futures::{SinkExt as _, StreamExt as _};
use tokio::{io::BufStream, net::TcpStream, sync::oneshot};
use tokio_xmpp::{
    Stanza,
    stanzastream::{Connection, Event, StanzaStream, StreamEvent},
    xmlstream::{StreamHeader, Timeouts, XmppStreamElement, initiate_stream},
};
use xmpp_parsers::{
    jid::Jid,
    message::{Message, MessageType},
    muc::Muc,
    presence::{Presence, Type},
    sasl::{Auth, Mechanism, Nonza},
};

/// Joins the room and echoes until the process is killed.
pub(crate) fn main(arguments: &[&str]) -> Result<()> {
    let [address, jid, password, room, flavour] = arguments else { bail!("as-echo ADDRESS JID PASSWORD ROOM FLAVOUR") };
    let (jid, room): (Jid, Jid) = (jid.parse()?, format!("{room}/echo").parse()?);
    crate::subject::runtime(flavour)?.block_on(serve(address, jid, password, room))
}

async fn serve(address: &str, jid: Jid, password: &str, room: Jid) -> Result<()> {
    let connection = log_in(address, jid, password).await?;
    // A lost connection ends the bot: nothing is cut here.
    let mut connection = Some(connection);
    let connect = move |_: Option<String>, slot: oneshot::Sender<Connection>| {
        if let Some(connection) = connection.take() {
            drop(slot.send(connection));
        }
    };
    let mut stream = StanzaStream::new(Box::new(connect), 64);
    while let Some(event) = stream.next().await {
        match event {
            Event::Stream(StreamEvent::Reset { .. }) => {
                let join = Presence::new(Type::None).with_to(room.clone()).with_payload(Muc::new());
                stream.send(Box::new(join.into())).await;
            }
            Event::Stream(_) => bail!("the connection is gone"),
            Event::Stanza(Stanza::Message(message)) => {
                if let Some(answer) = echo(&message) {
                    stream.send(Box::new(answer.into())).await;
                }
            }
            Event::Stanza(_) => (),
        }
    }
    Ok(())
}

fn echo(message: &Message) -> Option<Message> {
    let from = message.from.as_ref()?;
    let (_, body) = message.get_best_body(vec![])?;
    let text = body.strip_prefix("!echo ").filter(|_| message.type_ == MessageType::Groupchat)?;
    let text = format!("{}: {text}", from.resource()?);
    Some(Message::groupchat(Jid::from(from.to_bare())).with_body(Default::default(), text))
}

async fn log_in(address: &str, jid: Jid, password: &str) -> Result<Connection> {
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    let header = || StreamHeader { to: Some(jid.domain().as_str().to_owned().into()), from: None, id: None };
    let pending = initiate_stream(BufStream::new(tcp), "jabber:client", header(), Timeouts::default()).await?;
    let (_, mut stream) = pending.recv_features().await.map_err(|it| anyhow::anyhow!("no features: {it:?}"))?;
    let user = jid.node().context("an account has a name")?;
    let data = format!("\0{user}\0{password}").into_bytes();
    let auth = Auth { mechanism: Mechanism::Plain, data };
    stream.send(&XmppStreamElement::Sasl(Nonza::Auth(auth))).await?;
    match stream.next().await {
        Some(Ok(XmppStreamElement::Sasl(Nonza::Success(_)))) => (),
        other => bail!("cannot log in: {other:?}"),
    }
    let pending = stream.initiate_reset().send_header(header()).await?;
    let (features, stream) = pending.recv_features().await.map_err(|it| anyhow::anyhow!("no features: {it:?}"))?;
    Ok(Connection { stream: stream.box_stream(), features, identity: jid })
}
