//! `muc#owner`: a room's configuration (XEP-0045 §10).

use xmpp_parsers::data_forms::DataForm;
use xso::{AsXml, FromXml};

/// The namespace.
pub const NS: &str = "http://jabber.org/protocol/muc#owner";

/// The query: empty to read the form, with a form of type `submit` to set it.
#[derive(FromXml, AsXml, Clone, PartialEq, Debug, Default)]
#[xml(namespace = NS, name = "query")]
pub struct Query {
    /// The form.
    #[xml(child(default))]
    pub form: Option<DataForm>,
}
