//! Our picture: in the vCard (XEP-0054), as an avatar (XEP-0084), and by its hash in presence (XEP-0153).

use std::fmt;

use minidom::Element;
use sha1::{Digest, Sha1};
use xmpp_parsers::{
    avatar::{Data, Info, Metadata},
    data_forms::{DataForm, DataFormType, Field, FieldType},
    ns,
    pubsub::{
        ItemId, NodeName,
        pubsub::{Item, PubSub, Publish, PublishOptions},
    },
    vcard::{Binval, Photo, Type, VCard},
};

/// XEP-0060 §7.1.5.
const PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";

/// Who may see what is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Everybody: those who meet us in rooms are no contacts of ours.
    Open,
    /// Whoever the account lets see it already.
    AsItIs,
}

/// A picture with what is said of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    bytes: Vec<u8>,
    media_type: &'static str,
    size: Option<(u16, u16)>,
    hash: [u8; 20],
}

impl Picture {
    /// Takes the bytes of a PNG, JPEG, GIF or WebP file.
    ///
    /// # Errors
    /// If they begin like none of these, in words for the owner.
    pub fn new(bytes: Vec<u8>) -> Result<Self, &'static str> {
        let media_type = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            [b'G', b'I', b'F', b'8', ..] => "image/gif",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => return Err("the picture is none of PNG, JPEG, GIF and WebP"),
        };
        let size = png_size(&bytes);
        let hash = Sha1::digest(&bytes).into();
        Ok(Self { bytes, media_type, size, hash })
    }

    /// The SHA-1 of the bytes.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 20] {
        &self.hash
    }

    fn id(&self) -> String {
        self.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn data(&self, access: Access) -> Element {
        self.publish(ns::AVATAR_DATA, Data { data: self.bytes.clone() }.into(), access)
    }

    pub(super) fn metadata(&self, access: Access) -> Element {
        let Ok(id) = self.id().parse() else {
            return self.publish(ns::AVATAR_METADATA, Metadata { infos: Vec::new() }.into(), access);
        };
        let info = Info {
            bytes: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
            width: self.size.map(|it| it.0),
            height: self.size.map(|it| it.1),
            id,
            type_: self.media_type.to_owned(),
            url: None,
        };
        self.publish(ns::AVATAR_METADATA, Metadata { infos: vec![info] }.into(), access)
    }

    fn publish(&self, node: &str, payload: Element, access: Access) -> Element {
        let item = Item { id: Some(ItemId(self.id())), publisher: None, payload: Some(payload) };
        let publish = Publish { node: NodeName(node.to_owned()), items: vec![item] };
        let publish_options = (access == Access::Open).then(|| {
            let open = Field::new("pubsub#access_model", FieldType::ListSingle).with_value("open");
            let form = DataForm::new(DataFormType::Submit, PUBLISH_OPTIONS, vec![open]);
            PublishOptions { form: Some(form) }
        });
        PubSub::Publish { publish, publish_options }.into()
    }

    pub(super) fn vcard(&self, name: &str) -> VCard {
        vcard(name, Some(self))
    }

    fn photo(&self) -> Photo {
        let type_ = Type { data: self.media_type.to_owned() };
        Photo { type_, binval: Binval { data: self.bytes.clone() } }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// Our vCard.
pub(super) fn vcard(name: &str, picture: Option<&Picture>) -> VCard {
    let text = |tag: &str| {
        let mut element = Element::bare(tag, ns::VCARD);
        element.append_text(name);
        element
    };
    VCard { photo: picture.map(Picture::photo), payloads: vec![text("FN"), text("NICKNAME")] }
}

/// Width and height from the header of a PNG file.
fn png_size(bytes: &[u8]) -> Option<(u16, u16)> {
    if !bytes.starts_with(b"\x89PNG") {
        return None;
    }
    let number = |at: usize| {
        let bytes = bytes.get(at..at.checked_add(4)?)?;
        u16::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
    };
    Some((number(16)?, number(20)?))
}
