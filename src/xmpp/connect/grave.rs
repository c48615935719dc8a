//! A connection that is over before it begins.
//!
//! The library's stream waits for a connection and hears nothing else meanwhile: neither that it was closed nor that it was
//! dropped. If the promise of a connection is broken, it panics. So a stream that has to end is given this connection: it
//! breaks at the first write, and then the stream looks around, finds that nobody wants it any more, and ends.

use std::io;

use tokio::io::{AsyncWriteExt as _, BufStream, duplex};
use tokio_xmpp::stanzastream::Connection;
use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, initiate_stream};

const GREETING: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";

/// Makes one, without any network.
pub(super) async fn connection(identity: jid::Jid) -> io::Result<Connection> {
    let (near, mut far) = duplex(4_096);
    far.write_all(GREETING).await?;
    let pending =
        initiate_stream(BufStream::new(near), "jabber:client", StreamHeader::default(), Timeouts::tight()).await?;
    let (features, stream) = pending.recv_features().await.map_err(|e| io::Error::other(e.to_string()))?;
    drop(far);
    Ok(Connection { stream: stream.box_stream(), features, identity })
}
