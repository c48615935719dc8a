//! The nick that a room keeps for us (XEP-0045 §7.12): disco#info of the node `x-roomuser-item`.

use domovoi_plugin::Nick;
use minidom::Element;

/// The nick in the answer, if the room keeps one.
pub fn read(answer: &Element) -> Option<Nick> {
    let identity = answer.children().find(|it| it.name() == "identity")?;
    Nick::new(identity.attr("name")?).ok()
}
