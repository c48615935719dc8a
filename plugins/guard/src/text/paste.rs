//! What a machine wrote and somebody pasted: what a terminal printed, a log, lines of configuration, the head of a mail.
//!
//! The pages and mail addresses in it are material, not where its author wants anybody to go. Nobody reads an advert out
//! of it that does not say in words what it sells, so words are what is counted, and there must be few: words that only
//! machines write have to make up for every other one. A time before an advert does not make a log of it.

use super::Kind;

/// Words that are looked at.
const MOST_WORDS: usize = 80;
/// And lines.
const MOST_LINES: usize = 40;
/// So many plain words in a row are a sentence; some lists have such in them.
const SENTENCE: usize = 4;
const FEW: usize = 4;
/// So many words of a machine are too many to be there for show, and what is said about them may stand beside them.
const MANY: usize = 8;
/// So many bytes on either side of an address are looked at, on the same line, and around so many addresses.
const NEAR: usize = 160;
const MOST_ADDRESSES: u8 = 64;
/// Names of fields that the head of a mail has, as programs for mail write them above what they quote.
const FIELDS: &[&str] = &[
    "From",
    "Sent",
    "Date",
    "To",
    "Cc",
    "Subject",
    "Reply-To",
    "Received",
    "Von",
    "Gesendet",
    "Datum",
    "An",
    "Betreff",
    "De",
    "Envoyé",
    "À",
    "Objet",
    "Enviado",
    "Para",
    "Asunto",
    "Da",
    "A",
    "Oggetto",
    "От",
    "Кому",
    "Дата",
    "Отправлено",
    "Тема",
    "Копия",
    "Lähettäjä",
    "Vastaanottaja",
    "Aihe",
];
/// Fields that make a head.
const HEAD: usize = 2;

/// What stands around the words of a text, looked at where an address is found.
pub(super) struct Setting<'a> {
    text: &'a str,
    /// The part looked at last, and whether a machine wrote it.
    last: Option<((usize, usize), bool)>,
    n_judged: u8,
    /// Whether its lines together are of a machine.
    all: Option<bool>,
    has_head: Option<bool>,
}

impl<'a> Setting<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, last: None, n_judged: 0, all: None, has_head: None }
    }

    /// What an address is, a part of the text, where it stands. Invitations, handles, numbers and wallets are of use
    /// wherever that is, and machines write pages with their scheme, and no brackets to hide them.
    pub(super) fn kind_of(&mut self, kind: Kind, word: &str) -> Kind {
        let is_mail = kind == Kind::Contact && word.contains('@');
        let is_page = kind == Kind::Link && word.contains("://");
        if !is_mail && !is_page || word.contains(['[', '(', '{']) {
            return kind;
        }
        let is_material = self.is_of_machine(word) || is_mail && self.has_head();
        if is_material { Kind::Material } else { kind }
    }

    fn is_of_machine(&mut self, word: &str) -> bool {
        if self.n_judged == MOST_ADDRESSES {
            return false;
        }
        let at = offset(self.text, word);
        let (before, after) = self.text.split_at_checked(at).unwrap_or((self.text, ""));
        let start = before.rfind('\n').map_or(0, |it| it + 1);
        let end = before.len() + after.find('\n').unwrap_or(after.len());
        // What is far away on the same line says nothing: lines are joined on the way into a chat.
        let near = (start.max(at.saturating_sub(NEAR)), end.min(at + word.len() + NEAR));
        if let Some((_, is_of_machine)) = self.last.filter(|it| it.0 == near) {
            return is_of_machine;
        }
        let (from, to) = (self.text.floor_char_boundary(near.0), self.text.ceil_char_boundary(near.1));
        let count = Count::of(self.text.get(from..to).unwrap_or(word));
        let is_of_machine = count.is_of_machine() || count.machine != 0 && self.are_lines_of_machine();
        (self.last, self.n_judged) = (Some((near, is_of_machine)), self.n_judged + 1);
        is_of_machine
    }

    fn are_lines_of_machine(&mut self) -> bool {
        *self.all.get_or_insert_with(|| self.text.contains('\n') && Count::of_lines(self.text).is_of_machine())
    }

    fn has_head(&mut self) -> bool {
        *self.has_head.get_or_insert_with(|| has_head(self.text))
    }
}

/// Where a part of a text begins in it, in bytes.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

/// How many words of a text are of which kind.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    machine: usize,
    plain: usize,
    addresses: usize,
    /// Plain ones in a row, at most.
    row: usize,
}

/// Whether a text has the head of a mail in it.
fn has_head(text: &str) -> bool {
    let is_field = |it: &str| it.ends_with("-by") || FIELDS.contains(&it.trim_start_matches('>'));
    let has_field = |word: &&str| word.strip_suffix(':').is_some_and(is_field);
    HEAD <= text.split_whitespace().take(MOST_WORDS).filter(has_field).take(HEAD).count()
}

impl Count {
    /// Of those lines of a text together that have a word of a machine: others are what is said about them.
    fn of_lines(text: &str) -> Self {
        let lines = text.lines().take(MOST_LINES).map(Self::of).filter(|it| it.machine != 0);
        lines.fold(Self::default(), |all, it| Self {
            machine: all.machine + it.machine,
            plain: all.plain + it.plain,
            addresses: all.addresses + it.addresses,
            row: all.row.max(it.row),
        })
    }

    fn of(text: &str) -> Self {
        let (mut count, mut row) = (Self::default(), 0);
        for word in text.split_whitespace().take(MOST_WORDS) {
            match Word::of(word) {
                Word::Machine => (count.machine, row) = (count.machine + 1, 0),
                Word::Plain => (count.plain, row) = (count.plain + 1, row + 1),
                Word::Address => (count.addresses, row) = (count.addresses + 1, 0),
                Word::Neither => {}
            }
            count.row = count.row.max(row);
        }
        count
    }

    const fn is_of_machine(self) -> bool {
        let Self { machine, plain, addresses, row } = self;
        if MANY <= machine {
            return plain * 2 <= machine * 3;
        }
        // Of lists every line has an address, and what else belongs to it.
        let is_list = 2 <= addresses && addresses <= machine + 1 && plain <= machine + addresses;
        let has_sentence = SENTENCE <= row;
        is_list && (!has_sentence || FEW <= machine) || !has_sentence && 1 <= machine && plain <= machine
    }
}

/// What a word says of who wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    /// No person does.
    Machine,
    /// Anybody does.
    Plain,
    /// A page or a mail address.
    Address,
    /// Numbers, signs, labels.
    Neither,
}

impl Word {
    fn of(raw: &str) -> Self {
        if raw.contains("://") {
            return Self::Address;
        }
        if let Some((_, host)) = raw.split_once('@') {
            // Where a shell asks for a command: `ada@box:~$`.
            return if host.contains('.') { Self::Address } else { Self::Machine };
        }
        let is_end =
            |c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '(' | ')' | '“' | '”' | '«' | '»');
        let word = raw.trim_matches(is_end);
        let has = |is: fn(char) -> bool| word.chars().any(is);
        let (has_letter, has_digit) = (has(char::is_alphabetic), has(|c| c.is_ascii_digit()));
        if !has_letter && !has_digit {
            return if is_prompt(raw) { Self::Machine } else { Self::Neither };
        }
        let is_machine = word.contains(['\\', '=', '<', '>', '{', '}', '[', ']', '|', '`'])
            || is_path(word)
            || is_option(word)
            || (has_letter && has_digit)
            || (has_digit && 2 <= count(word, ':').max(count(word, '.')).max(count(word, '-')))
            || (has_letter && word.contains(['_', ':']));
        match () {
            () if is_name(word) => Self::Neither,
            () if is_machine => Self::Machine,
            // A path of two parts, or `and/or`.
            () if !has_letter || raw.ends_with(':') || word.contains('/') => Self::Neither,
            () => Self::Plain,
        }
    }
}

fn count(word: &str, sign: char) -> usize {
    word.matches(sign).count()
}

/// Whether nothing but a sign is there that shells ask with or programs draw; a quote begins with others.
fn is_prompt(word: &str) -> bool {
    matches!(word, "$" | "#" | "%" | "|" | "||" | "&&" | "=" | "=>" | "->" | "{" | "}" | "[" | "]" | "<")
}

/// `/usr/bin`, `~/x`, `a/b/c`; not `and/or`.
fn is_path(word: &str) -> bool {
    let is_rooted = word.strip_prefix(['/', '~']).is_some_and(|it| it.contains(char::is_alphanumeric));
    is_rooted && word.contains('/') || 2 <= count(word, '/')
}

/// `best-shop.com/x`, which may be an address as well as a file: `main.rs`.
fn is_name(word: &str) -> bool {
    let name = word.split(['/', ':']).next().unwrap_or(word).rsplit_once('.');
    name.is_some_and(|(_, end)| 2 <= end.len() && end.chars().all(char::is_alphabetic))
}

/// `-x`, `--long`.
fn is_option(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    (1..=2).contains(&(word.len() - name.len())) && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether the first address of a text is of what a machine wrote.
    fn is_paste(text: &str) -> bool {
        let mut words = text.split_whitespace().map(|it| it.trim_matches(|c: char| !c.is_alphanumeric()));
        let address = words.find(|it| it.contains("://")).unwrap();
        Setting::new(text).kind_of(Kind::Link, address) == Kind::Material
    }

    #[test]
    fn what_a_machine_wrote_is_told_from_talk() {
        for text in [
            "Mar  2 11:31:51 attic kernel: eth0: 3c5x9 at 0x220, 10baseT, address 00 10 5a 3e 0e 48, see http://drivers.example/3c5x9.html",
            "Get:7 http://mirror.example/debian stable/main amd64 Packages [8,790 kB]",
            "Hit http://a.mirror.example dist/9.0/os/pkglist Ign http://b.mirror.example dist/9.0/os/release",
            "rpm http://mirror.example ws4 main stable13",
            "proxy_pass http://10.0.0.7:8080;",
            "$ curl -sSL https://get.example/install.sh | sh",
            "[ada@box lamps]# fetch update Hit http://a.mirror.example dist/9.0/os Err http://b.mirror.example dist/9.0/os \
             Bad header line Hit http://a.mirror.example dist/9.0/all Err http://b.mirror.example dist/9.0/all",
            "[2026-03-02T11:31:51Z] GET https://api.example/v1/items/17 -> 502",
            "\"homepage\": \"https://garden.example\", \"version\": \"1.2.3\"",
        ] {
            assert!(is_paste(text), "{text}");
        }
        for text in [
            "cheap watches at https://watches.example/",
            "12:00:01 cheap watches https://watches.example/",
            "2026-03-02 12:00:01 INFO cheap watches at https://watches.example/",
            "// cheap watches: https://watches.example/",
            "X-Advert: watches for everybody https://watches.example/",
            "watches and/or shoes https://watches.example/",
            "win 100% and $500 24/7 at https://casino.example/",
            "I have 2 of them, 3rd edition, from http://books.example",
            "see https://garden.example",
            "> https://garden.example",
        ] {
            assert!(!is_paste(text), "{text}");
        }
    }

    #[test]
    fn a_line_is_of_the_paste_around_it_and_a_sentence_is_not() {
        let log = "how can that be?\n\
                   Mar 2 11:31:51 attic app[7]: started /usr/bin/app --port=80\n\
                   Mar 2 11:31:52 attic app: failed, see http://app.example/e7\n\
                   Mar 2 11:31:53 attic app[7]: exit_code=3 pid=77";
        assert!(is_paste(log));
        assert!(!is_paste(&format!("I have it all from my friends at http://app.example\n{log}")));
    }

    #[test]
    fn the_head_of_a_mail_is_known() {
        assert!(has_head("From: Ada <ada@mail.example>\nSent: 2 March\nSubject: lamps"));
        assert!(has_head("---- Original ---- От: Ада <ada@mail.example> Кому: all"));
        assert!(has_head("Signed-off-by: Ada <ada@mail.example>\nReported-by: Bo <bo@mail.example>"));
        assert!(!has_head("write to: ada@mail.example, price: 50, only today"));
        assert!(!has_head("From: me to you"));
    }

    proptest! {
        #[test]
        fn anything_is_borne(before in "\\PC*", after in "\\PC*") {
            let text = format!("{before} http://a.example {after}\n{after} http://b.example {before}");
            let mut setting = Setting::new(&text);
            for word in text.split_whitespace().filter(|it| it.contains("://")) {
                setting.kind_of(Kind::Link, word);
            }
            has_head(&text);
        }
    }
}
