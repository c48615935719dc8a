//! The hash by which a client's features are known (XEP-0115 §5.1).

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::{Digest, Sha1};
use xmpp_parsers::{data_forms::DataForm, disco::DiscoInfoResult};

/// The hash of what disco#info answers. `xmpp_parsers::caps` has one too, which does not sort the fields of forms.
pub(super) fn ver(info: &DiscoInfoResult) -> Vec<u8> {
    Sha1::digest(text(info)).to_vec()
}

pub(super) fn base64(ver: &[u8]) -> String {
    STANDARD.encode(ver)
}

fn text(info: &DiscoInfoResult) -> String {
    let identity = |it: &xmpp_parsers::disco::Identity| {
        let lang = it.lang.as_deref().unwrap_or_default();
        format!("{}/{}/{lang}/{}", it.category, it.type_, it.name.as_deref().unwrap_or_default())
    };
    let mut text = sorted(info.identities.iter().map(identity));
    text.push_str(&sorted(info.features.iter().cloned()));
    let mut forms: Vec<_> = info.extensions.iter().filter_map(|it| Some((it.form_type()?, it))).collect();
    forms.sort_by_key(|(form_type, _)| *form_type);
    for (form_type, form) in forms {
        text.push_str(form_type);
        text.push('<');
        text.push_str(&fields(form));
    }
    text
}

fn fields(form: &DataForm) -> String {
    let is_content = |var: &str| var != "FORM_TYPE";
    let mut fields: Vec<_> =
        form.fields.iter().filter_map(|it| Some((it.var.as_deref().filter(|var| is_content(var))?, it))).collect();
    fields.sort_by_key(|(var, _)| *var);
    let field = |(var, field): (&str, &xmpp_parsers::data_forms::Field)| {
        format!("{var}<{}", sorted(field.values.iter().cloned()))
    };
    fields.into_iter().map(field).collect()
}

/// In the order of their bytes, each with a `<` behind it.
fn sorted(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<_> = items.collect();
    items.sort();
    items.into_iter().map(|it| it + "<").collect()
}

#[cfg(test)]
mod tests {
    use minidom::Element;

    use super::*;

    fn ver_of(inner: &str) -> String {
        let xml = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{inner}</query>");
        base64(&ver(&xml.parse::<Element>().unwrap().try_into().unwrap()))
    }

    const FEATURES: &str = "<feature var='http://jabber.org/protocol/disco#items'/>\
        <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/muc'/>\
        <feature var='http://jabber.org/protocol/disco#info'/>";

    /// XEP-0115 §5.2 (#ver-gen-simple).
    #[test]
    fn simple_example_of_the_standard_is_met() {
        let identity = "<identity category='client' type='pc' name='Exodus 0.9.1'/>";
        assert_eq!(ver_of(&format!("{identity}{FEATURES}")), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    }

    /// XEP-0115 §5.3 (#ver-gen-complex).
    #[test]
    fn complex_example_of_the_standard_is_met() {
        let identities = "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
            <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>";
        let form = "<x xmlns='jabber:x:data' type='result'>\
            <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
            <field var='ip_version' type='text-multi'><value>ipv4</value><value>ipv6</value></field>\
            <field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>\
            <field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field>\
            </x>";
        let expected = "q07IKJEyjvHSyhy//CH0CxmKi8w=";
        assert_eq!(ver_of(&format!("{identities}{FEATURES}{form}")), expected);
        let shuffled = form.replacen("<field var='os'><value>Mac</value></field>", "", 1);
        let shuffled = shuffled.replacen("</x>", "<field var='os'><value>Mac</value></field></x>", 1);
        assert_eq!(ver_of(&format!("{identities}{FEATURES}{shuffled}")), expected);
    }
}
