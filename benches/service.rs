//! An XMPP service that costs next to nothing: it lets everybody in, has rooms by any name with as many occupants as
//! wished, agrees to everything, and notes when it heard what. Where it stands in, a real server's time is no part of
//! the figures.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream as Blocking},
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result, bail};
use domovoi_stage::xml::{Element, Reader, Step};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::{Duration, Instant, timeout},
};

use crate::recording;

const FEATURES: [&str; 2] = [
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>",
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>",
];
const ROOM_FEATURES: &str = "<query xmlns='http://jabber.org/protocol/disco#info'>\
    <identity category='conference' type='text'/><feature var='http://jabber.org/protocol/muc'/>\
    <feature var='urn:xmpp:sid:0'/><feature var='urn:xmpp:occupant-id:0'/></query>";

/// A service that waits for one client.
pub(crate) struct Service {
    listener: TcpListener,
    /// How many are in each room.
    n_people: usize,
}

/// The client of the service, once it is there. A thread reads what it sends and does nothing else, so that when
/// something came is noted as soon as it has, whatever the rest of the bench is at.
pub(crate) struct Client {
    write: Arc<Mutex<Blocking>>,
    /// Requests of the client that change something, and answers to ours. 65,536 wait; what does not fit is a bug of
    /// the bench, which then says so.
    pub(crate) heard: mpsc::Receiver<Heard>,
    /// How many rooms it has joined.
    pub(crate) n_joined: watch::Receiver<usize>,
}

/// A stanza of the client, and when it was there.
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) stanza: Element,
}

impl Service {
    /// Listens on loopback.
    pub(crate) async fn start(n_people: usize) -> Result<Self> {
        Ok(Self { listener: TcpListener::bind("127.0.0.1:0").await?, n_people })
    }

    /// Where.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Waits for the client and logs it in.
    pub(crate) async fn client(&self) -> Result<Client> {
        let (stream, _) = timeout(Duration::from_secs(30), self.listener.accept()).await.context("nobody came")??;
        stream.set_nodelay(true)?;
        let (stream, reader) = greet(stream).await?;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        let read = stream.try_clone()?;
        let write = Arc::new(Mutex::new(stream));
        let (tell, heard) = mpsc::channel(65_536);
        let (joined, n_joined) = watch::channel(0);
        let desk = Desk { write: Arc::clone(&write), tell, joined, n_people: self.n_people };
        // It ends with the connection; whoever waits for what it heard notices then.
        std::thread::spawn(move || desk.serve(read, reader));
        Ok(Client { write, heard, n_joined })
    }
}

impl Client {
    /// Sends this as it is.
    pub(crate) fn push(&self, xml: &str) -> Result<()> {
        push(&self.write, xml)
    }

    /// Waits until the client has joined so many rooms.
    pub(crate) async fn joins(&mut self, n_rooms: usize) -> Result<()> {
        let all = async { self.n_joined.wait_for(|it| n_rooms <= *it).await.map(|it| *it) };
        let Ok(joined) = timeout(Duration::from_secs(120), all).await else {
            bail!("only {} rooms of {n_rooms} were joined", *self.n_joined.borrow());
        };
        joined?;
        Ok(())
    }

    /// Waits until the client has taken in everything that was sent: it answers a request that came after all that.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        let id = format!("settle-{}", Instant::now().elapsed().as_nanos());
        let to = recording::ACCOUNT;
        self.push(&format!(
            "<iq type='get' id='{id}' from='example.org' to='{to}/bot'><query xmlns='jabber:iq:version'/></iq>"
        ))?;
        let answered = async {
            while let Some(heard) = self.heard.recv().await {
                if heard.stanza.attr("id") == Some(&id) {
                    return Ok(());
                }
            }
            bail!("the client is gone")
        };
        timeout(Duration::from_secs(120), answered).await.context("the client does not answer")?
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The thread ends then; where the bot has gone before, it has already.
        self.write.lock().unwrap().shutdown(Shutdown::Both).ok();
    }
}

fn push(write: &Mutex<Blocking>, xml: &str) -> Result<()> {
    Ok(write.lock().unwrap().write_all(xml.as_bytes())?)
}

/// From the first header to the bound resource.
async fn greet(mut stream: TcpStream) -> Result<(TcpStream, Reader)> {
    let mut reader = Reader::default();
    for features in FEATURES {
        reader = Reader::default();
        next(&mut stream, &mut reader, true).await?;
        let opening = format!("{}<stream:features>{features}</stream:features>", recording::HEADER);
        stream.write_all(opening.as_bytes()).await?;
        let asked = next(&mut stream, &mut reader, false).await?.context("a request")?;
        let answer = match asked.name.as_str() {
            "auth" => "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned(),
            "iq" => format!(
                "<iq type='result' id='{}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{}/bot</jid></bind></iq>",
                asked.attr("id").unwrap_or_default(),
                recording::ACCOUNT
            ),
            _ => bail!("not expected while logging in: {asked}"),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok((stream, reader))
}

/// The next element; none for the header of a stream, if that is waited for.
async fn next(stream: &mut TcpStream, reader: &mut Reader, is_header: bool) -> Result<Option<Element>> {
    let mut bytes = [0; 4096];
    loop {
        match reader.next_step()? {
            Some(Step::Stanza(stanza)) => return Ok(Some(stanza)),
            Some(Step::Opened) if is_header => return Ok(None),
            Some(Step::Opened) => (),
            Some(Step::Closed) => bail!("the client left while logging in"),
            None => match stream.read(&mut bytes).await? {
                0 => bail!("the client went away while logging in"),
                n_read => reader.feed(bytes.get(..n_read).unwrap_or_default()),
            },
        }
    }
}

/// Answers what the client asks.
struct Desk {
    write: Arc<Mutex<Blocking>>,
    tell: mpsc::Sender<Heard>,
    joined: watch::Sender<usize>,
    n_people: usize,
}

impl Desk {
    fn serve(self, mut read: Blocking, mut reader: Reader) -> Result<()> {
        let mut bytes = vec![0; 64 * 1024];
        let mut at = Instant::now();
        loop {
            match reader.next_step()? {
                Some(Step::Stanza(stanza)) => self.take(stanza, at)?,
                Some(Step::Opened) => (),
                Some(Step::Closed) => return Ok(()),
                None => {
                    let n_read = read.read(&mut bytes)?;
                    at = Instant::now();
                    if n_read == 0 {
                        return Ok(());
                    }
                    reader.feed(bytes.get(..n_read).unwrap_or_default());
                }
            }
        }
    }

    fn take(&self, stanza: Element, at: Instant) -> Result<()> {
        let is_request = stanza.name == "iq" && matches!(stanza.kind(), "get" | "set");
        let answer = match stanza.name.as_str() {
            "iq" if is_request => answer(&stanza),
            "presence" if stanza.child_ns("x", "http://jabber.org/protocol/muc").is_some() => self.welcome(&stanza),
            _ => String::new(),
        };
        if !answer.is_empty() {
            push(&self.write, &answer)?;
        }
        if stanza.name == "iq" && stanza.kind() != "get" {
            self.tell.try_send(Heard { at, stanza }).ok().context("nobody reads what the service hears")?;
        }
        Ok(())
    }

    fn welcome(&self, join: &Element) -> String {
        let (room, nick) = join.attr("to").and_then(|it| it.split_once('/')).unwrap_or_default();
        let people = (0..self.n_people).map(|n| recording::presence(room, n, ""));
        let all = people.chain([recording::own_presence(room, nick)]).collect();
        self.joined.send_modify(|n| *n += 1);
        all
    }
}

fn answer(request: &Element) -> String {
    let (id, to) = (request.attr("id").unwrap_or_default(), request.attr("to").unwrap_or_default());
    let from = if to.is_empty() { String::new() } else { format!(" from='{to}'") };
    let is_about_room = request.child_ns("query", "http://jabber.org/protocol/disco#info").is_some();
    let inside = if is_about_room { ROOM_FEATURES } else { "" };
    format!("<iq type='result' id='{id}'{from} to='{}/bot'>{inside}</iq>", recording::ACCOUNT)
}
