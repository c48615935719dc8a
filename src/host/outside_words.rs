//! Why an account is not online, in the reader's language.
//!
//! The layers below say it in English, for the log and the doctor. Here those words are known again by how they begin;
//! what is not known stays as it is, so that nothing is hidden.

use domovoi_plugin::{Text, grammar::shown};

/// How long what a server or a person wrote may be.
const MAX_CHARS: usize = 200;

/// The words, and the messages that say the same. Of two that begin alike the longer one comes first.
const KNOWN: &[(&str, &str)] = &[
    ("waiting for its turn to join", "out-waiting"),
    ("joining", "out-joining"),
    ("left", "out-left"),
    ("the account does not answer", "out-no-account"),
    ("connecting", "out-connecting"),
    ("the connection was lost", "out-connection"),
    ("cannot reach the server", "out-unreachable"),
    ("the server does not accept the address and password; check both", "out-credentials"),
    ("the account is disabled; ask the server's operator", "out-disabled"),
    ("the password has expired; set a new one", "out-expired"),
    ("another session logs in with the same address and resource; give each bot a resource of its own", "out-replaced"),
    ("the server is shutting down", "out-server-down"),
    ("the certificate of", "out-certificate"),
];

/// What may be wrong with a certificate, and the messages that say the same.
const CERTIFICATE: &[(&str, &str)] = &[
    ("nobody that this machine trusts has signed it", "certificate-unknown"),
    ("nobody has signed it but the server itself", "certificate-own"),
    ("it is for another name", "certificate-name"),
    ("it has expired or is not valid yet", "certificate-expired"),
];

/// What stands before the words.
const BEFORE: [&str; 2] = ["offline: ", "given up: "];

/// The words in the reader's language.
#[must_use]
pub fn why_text(words: &str) -> Text {
    let words = BEFORE.iter().find_map(|it| words.strip_prefix(it)).unwrap_or(words);
    match words.rsplit_once("; trying again in ") {
        Some((why, span)) => {
            Text::key("out-again-in").with("why", known(why)).with("span", span.trim_end_matches(" s"))
        }
        None => known(words),
    }
}

fn known(words: &str) -> Text {
    if let Some(text) = certificate(words) {
        return text;
    }
    let found = KNOWN.iter().find_map(|(start, key)| Some((*key, words.strip_prefix(start)?)));
    found.map_or_else(|| Text::plain(shown(words, MAX_CHARS)), |(key, rest)| Text::key(key).with("more", more(rest)))
}

/// What is wrong with a certificate, if it is one of the usual faults.
fn certificate(words: &str) -> Option<Text> {
    let (domain, fault) = words.strip_prefix("the certificate of ")?.split_once(" is not trusted: ")?;
    let key = CERTIFICATE.iter().find(|(start, _)| fault.starts_with(start))?.1;
    Some(Text::key("out-certificate-of").with("domain", shown(domain, MAX_CHARS)).with("why", Text::key(key)))
}

/// What a server or a library said: that is not translated.
fn more(rest: &str) -> Text {
    Text::plain(shown(rest, MAX_CHARS))
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Catalog, Translate as _};

    use super::*;
    use crate::i18n::LOCALES;
    use crate::xmpp::connect::{CertificateFault, ConnectError};

    #[test]
    fn what_keeps_an_account_out_is_told_in_the_reader_s_language() {
        let (words, wrong) = Catalog::new(LOCALES);
        assert_eq!(wrong, []);
        let check = |given: &str, expected: &str| assert_eq!(words.translate("ru", &why_text(given)), expected);
        check("offline: the connection was lost; trying again in 2.5 s", "соединение прервалось; снова через 2.5 с");
        check(
            "given up: the server does not accept the address and password; check both (not-authorized)",
            "сервер не принимает адрес и пароль; проверьте их (not-authorized)",
        );
        check(
            "offline: cannot reach the server: 127.0.0.1:9: refused",
            "до сервера не достучаться: 127.0.0.1:9: refused",
        );
        for fault in [
            CertificateFault::UnknownIssuer,
            CertificateFault::SelfSigned,
            CertificateFault::WrongName,
            CertificateFault::Expired,
        ] {
            let error = ConnectError::Certificate { domain: "capulet.example".to_owned(), fault };
            let told = words.translate("ru", &why_text(&format!("given up: {error}")));
            let rest = told.strip_prefix("сертификату capulet.example нельзя верить: ").expect("how it begins");
            let is_russian = |word: &str| word.contains(|c: char| ('а'..='я').contains(&c)) || word == "ca_file";
            assert!(rest.split([' ', ',', ';']).filter(|it| !it.is_empty()).all(is_russian), "{told}");
            assert!(words.translate("en", &why_text(&error.to_string())).contains(&error.to_string()), "{error}");
        }
        check("something new", "something new");
        for (given, key) in KNOWN {
            let told = ["en", "ru"].map(|lang| words.translate(lang, &why_text(given)));
            assert!(told[1].contains(|c: char| ('а'..='я').contains(&c)) && told[0] != told[1], "{key}: {told:?}");
        }
    }
}
