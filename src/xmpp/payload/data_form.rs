//! Forms (XEP-0004) as strangers write them: fields and values, whatever their types claim.

use minidom::Element;
use xmpp_parsers::ns;

/// What `FORM_TYPE` says (XEP-0068).
#[must_use]
pub fn form_type(form: &Element) -> Option<String> {
    value(form, "FORM_TYPE")
}

/// The first value of a field; `None` if it is absent or empty.
#[must_use]
pub fn value(form: &Element, var: &str) -> Option<String> {
    let field = form.children().find(|it| it.is("field", ns::DATA_FORMS) && it.attr("var") == Some(var))?;
    field.get_child("value", ns::DATA_FORMS).map(Element::text).filter(|it| !it.is_empty())
}
