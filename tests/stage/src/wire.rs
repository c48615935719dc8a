//! A client's stream on plain TCP up to the bound resource: header, registration, SASL PLAIN, bind.
//!
//! Deliberately without TLS and SCRAM: the stage's servers take PLAIN on loopback, and what the bot does instead is the
//! bot's to prove.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::xml::{Element, Reader, Step, escape};

/// How long any single answer may take while logging in.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream that is being set up.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    pub(crate) reader: Reader,
    domain: String,
}

/// Whether something answers a stream header with features here.
pub(crate) async fn probe(address: SocketAddr, domain: &str) -> Result<()> {
    timeout(Duration::from_secs(5), Wire::open(address, domain)).await??;
    Ok(())
}

impl Wire {
    /// Connects and reads the server's features.
    pub(crate) async fn open(address: SocketAddr, domain: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        let mut wire = Self { stream, reader: Reader::default(), domain: domain.to_owned() };
        wire.header().await?;
        Ok(wire)
    }

    async fn header(&mut self) -> Result<()> {
        self.reader = Reader::default();
        let header = format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='{}'>",
            escape(&self.domain)
        );
        self.send(&header).await?;
        let features = self.next().await?;
        if features.name != "features" {
            bail!("instead of features came {features}");
        }
        Ok(())
    }

    pub(crate) async fn send(&mut self, xml: &str) -> Result<()> {
        Ok(self.stream.write_all(xml.as_bytes()).await?)
    }

    /// The next element directly below the stream.
    pub(crate) async fn next(&mut self) -> Result<Element> {
        timeout(PATIENCE, self.read()).await.context("no answer while logging in")?
    }

    async fn read(&mut self) -> Result<Element> {
        let mut bytes = vec![0; 4096];
        loop {
            match self.reader.next_step()? {
                Some(Step::Stanza(element)) => return Ok(element),
                Some(Step::Opened) => (),
                Some(Step::Closed) => bail!("the server closed the stream"),
                None => match self.stream.read(&mut bytes).await? {
                    0 => bail!("the server closed the connection"),
                    n_read => self.reader.feed(bytes.get(..n_read).unwrap_or_default()),
                },
            }
        }
    }

    /// Makes an account (XEP-0077); that it is there already is fine.
    pub(crate) async fn register(&mut self, user: &str, password: &str) -> Result<()> {
        let query = format!(
            "<iq type='set' id='register'><query xmlns='jabber:iq:register'><username>{}</username>\
             <password>{}</password></query></iq>",
            escape(user),
            escape(password)
        );
        self.send(&query).await?;
        let answer = self.next().await?;
        if answer.kind() == "result" || answer.condition() == Some("conflict") {
            return Ok(());
        }
        bail!("cannot register {user}: {answer}")
    }

    /// Logs in and binds a resource; gives the full JID.
    pub(crate) async fn log_in(&mut self, user: &str, password: &str, resource: &str) -> Result<String> {
        let token = STANDARD.encode(format!("\0{user}\0{password}"));
        let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{token}</auth>");
        self.send(&auth).await?;
        let answer = self.next().await?;
        if answer.name != "success" {
            bail!("cannot log in as {user}: {answer}");
        }
        self.header().await?;
        let bind = format!(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{}</resource></bind></iq>",
            escape(resource)
        );
        self.send(&bind).await?;
        let answer = self.next().await?;
        let jid = answer.find("jid").with_context(|| format!("cannot bind: {answer}"))?;
        Ok(jid.text.clone())
    }
}
