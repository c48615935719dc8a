//! Why we are not in a room, in the language of whoever is told.

use domovoi_plugin::{Nick, Text};

use super::Trouble;

/// Why we are not in a room.
#[must_use]
pub fn trouble_text(trouble: &Trouble) -> Text {
    match trouble {
        Trouble::Banned => Text::key("trouble-banned"),
        Trouble::Outcast { by, reason } => acted("trouble-outcast", by.as_ref(), reason.as_deref()),
        Trouble::MembersOnly => Text::key("trouble-members-only"),
        Trouble::Removed { by, reason } => acted("trouble-removed", by.as_ref(), reason.as_deref()),
        Trouble::Password => Text::key("trouble-password"),
        Trouble::Full => Text::key("trouble-full"),
        Trouble::TooMany => Text::key("trouble-too-many"),
        Trouble::Missing => Text::key("trouble-missing"),
        Trouble::MayNotCreate => Text::key("trouble-may-not-create"),
        Trouble::Created => Text::key("trouble-created"),
        Trouble::NickPolicy => Text::key("trouble-nick-policy"),
        Trouble::NickTaken => Text::key("trouble-nick-taken"),
        Trouble::Gone { address } => moved("trouble-gone", address.as_deref()),
        Trouble::Destroyed { venue, .. } => moved("trouble-destroyed", venue.as_ref().map(|it| it.as_str())),
        Trouble::Captcha => Text::key("trouble-captcha"),
        Trouble::RemoteServer => Text::key("trouble-remote-server"),
        Trouble::NoAnswer => Text::key("trouble-no-answer"),
        Trouble::Kicked { by, reason } => acted("trouble-kicked", by.as_ref(), reason.as_deref()),
        Trouble::Shutdown => Text::key("trouble-shutdown"),
        Trouble::Technical => Text::key("trouble-technical"),
        Trouble::SilentLoss => Text::key("trouble-silent-loss"),
        Trouble::Restarted => Text::key("trouble-restarted"),
        Trouble::StreamLost => Text::key("trouble-stream-lost"),
        Trouble::Refused { condition } => Text::key("trouble-refused").with("condition", shown(condition)),
    }
}

/// Somebody did it, perhaps with a reason.
fn acted(key: &'static str, by: Option<&Nick>, reason: Option<&str>) -> Text {
    let told = Text::key(key);
    let told = match by {
        Some(by) => Text::key("trouble-by").with("what", told).with("by", shown(by.as_str())),
        None => told,
    };
    match reason.filter(|it| !it.is_empty()) {
        Some(reason) => Text::key("trouble-because").with("what", told).with("reason", shown(reason)),
        None => told,
    }
}

fn moved(key: &'static str, address: Option<&str>) -> Text {
    match address {
        Some(address) => Text::key("trouble-whither").with("what", Text::key(key)).with("address", shown(address)),
        None => Text::key(key),
    }
}

/// What others wrote, cut.
fn shown(text: &str) -> String {
    domovoi_plugin::grammar::shown(text, 200)
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Translate as _;

    use super::*;

    fn told(text: &Text) -> [String; 2] {
        let (words, _) = domovoi_plugin::Catalog::new(crate::i18n::LOCALES);
        ["en", "ru"].map(|lang| words.translate(lang, text))
    }

    #[test]
    fn what_others_did_is_told_with_who_and_why() {
        let kicked = |by: Option<&str>, reason: Option<&str>| Trouble::Kicked {
            by: by.map(|it| Nick::new(it).unwrap()),
            reason: reason.map(str::to_owned),
        };
        assert_eq!(told(&trouble_text(&kicked(None, None))), ["I was kicked", "меня выгнали"]);
        assert_eq!(
            told(&trouble_text(&kicked(Some("olga"), Some("too loud")))),
            ["I was kicked (by olga): too loud", "меня выгнали (olga): too loud"]
        );
        assert_eq!(told(&trouble_text(&kicked(None, Some("")))), ["I was kicked", "меня выгнали"]);
        let gone = Trouble::Gone { address: Some("yard@chat.example".to_owned()) };
        assert_eq!(told(&trouble_text(&gone))[1], "комнаты больше нет, все ушли в yard@chat.example");
    }
}
